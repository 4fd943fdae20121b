package starling.node.storage;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The segments that belong to the log, with what is known of each. Owned by one thread. What is
 * dead in a segment is learnt late, when a run of the index that knows the newer record is merged
 * with one that knows the older; so {@code dead} is a lower bound.
 */
final class SegmentTable {
  /** A segment and its facts. */
  static final class Entry {
    final Segment segment;

    /** Behind its last record, as far as is known; grows while it is written. */
    long end;

    long dead;

    /** The least stamp in it: no record in it is older. */
    long oldest;

    boolean sealed;

    /** Something in it is not what was written: it stays for ever. */
    boolean damaged;

    /** The runs know what compaction moved here when so many memtables are flushed. */
    long knownIn;

    /** Emptied by compaction: goes with the first manifest that covers this many memtables. */
    long emptiedIn = Long.MAX_VALUE;

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

  /** Whether any segment but this one may hold a record older than the stamp. */
  boolean olderThan(long stamp, long butId) {
    return entries.values().stream().anyMatch(e -> e.segment.id() != butId && e.oldest < stamp);
  }

  /** What the manifest says of them when everything before {@code covered} is in the runs. */
  List<Manifest.SegmentFacts> facts(long covered, long memtablesFlushed) {
    List<Manifest.SegmentFacts> facts = new ArrayList<>();
    for (Entry e : entries.values()) {
      boolean listed = e.segment.cold() || e.segment.id() < Location.segment(covered);
      if (listed && e.emptiedIn > memtablesFlushed && e.end > SegmentHeader.BYTES) {
        facts.add(
            new Manifest.SegmentFacts(e.segment.id(), e.segment.cold(), e.end, e.dead, e.oldest));
      }
    }
    return facts;
  }
}
