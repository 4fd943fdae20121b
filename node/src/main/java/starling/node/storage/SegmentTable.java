package starling.node.storage;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The segments of the log, with the facts about each. Owned by one thread. Dead bytes are counted
 * late, when a run with the newer record's entry is merged with a run that has the older one; so
 * {@code dead} is a lower bound.
 */
final class SegmentTable {
  /** A segment and its facts. */
  static final class Entry {
    final Segment segment;

    /** The end of its last known record; grows while it is written. */
    long end;

    long dead;

    /** The lowest sequence number of its records. */
    long oldest;

    boolean sealed;

    /** It has a corrupt range, so it is never compacted or deleted. */
    boolean damaged;

    /**
     * When so many memtables are flushed, the runs point to all records that compaction copied
     * here.
     */
    long knownIn;

    /** Compacted: deleted after the first manifest with so many memtables flushed. */
    long compactedIn = Long.MAX_VALUE;

    Entry(Segment segment, long end, long oldest, boolean sealed) {
      this.segment = segment;
      this.end = end;
      this.oldest = oldest;
      this.sealed = sealed;
    }

    long bytes() {
      return end - SegmentHeader.BYTES;
    }

    long live() {
      return Math.max(0, bytes() - dead);
    }
  }

  private final TreeMap<Long, Entry> entries = new TreeMap<>();
  private @Nullable Entry last;

  void add(Entry entry) {
    entries.put(entry.segment.id(), entry);
  }

  @Nullable Entry remove(long id) {
    last = null;
    return entries.remove(id);
  }

  @Nullable Entry get(long id) {
    Entry known = last;
    if (known == null || known.segment.id() != id) {
      known = entries.get(id);
      last = known;
    }
    return known;
  }

  Collection<Entry> all() {
    return entries.values();
  }

  void dead(long location, long length) {
    Entry entry = get(Location.segment(location));
    if (entry != null) {
      entry.dead += length;
    }
  }

  long bytes() {
    return entries.values().stream().mapToLong(e -> e.end).sum();
  }

  long live() {
    return entries.values().stream().mapToLong(Entry::live).sum();
  }

  /** No more records will be written to this segment. */
  void seal(Segment segment, long end) {
    Entry entry = get(segment.id());
    if (entry != null) {
      entry.end = end;
      entry.sealed = true;
    }
  }

  /** Whether another segment may hold a record with a lower sequence number. */
  boolean olderThan(long sequence, long butId) {
    return entries.values().stream().anyMatch(e -> e.segment.id() != butId && e.oldest < sequence);
  }

  /** The facts for a manifest with this checkpoint. */
  List<Manifest.SegmentFacts> facts(long checkpoint, long memtablesFlushed) {
    List<Manifest.SegmentFacts> facts = new ArrayList<>();
    for (Entry e : entries.values()) {
      boolean listed = e.segment.cold() || e.segment.id() < Location.segment(checkpoint);
      if (listed && e.compactedIn > memtablesFlushed && e.end > SegmentHeader.BYTES) {
        facts.add(
            new Manifest.SegmentFacts(e.segment.id(), e.segment.cold(), e.end, e.dead, e.oldest));
      }
    }
    return facts;
  }
}
