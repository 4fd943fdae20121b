package starling.node.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import starling.node.storage.index.EntryCursor;
import starling.node.storage.index.EntryIterator;
import starling.node.storage.index.Fingerprint;
import starling.node.storage.index.Memtable;
import starling.node.storage.index.MergeIterator;

/**
 * Where the newest visible record of each key lies: the memtable that takes all changes, those that
 * are being flushed, and the runs. Each hides what the later ones say of the same key. Owned by one
 * thread; nothing of it ever points to a record that was not completed.
 */
final class LiveIndex {
  final RunTable runs;
  final SegmentTable segments;
  final FingerprintCollisions shared;
  final Fingerprint fingerprint;

  private Memtable active;

  /** Newest first. */
  private final List<Frozen> frozen = new ArrayList<>();

  /** What the runs still say of ranges that were dropped, and nobody may see. */
  private final List<Manifest.RangeTombstone> drops = new ArrayList<>();

  private final EntryCursor replaced = new EntryCursor();
  private final EntryCursor found = new EntryCursor();

  /** Memtables that were frozen so far. */
  private long frozenCount;

  /**
   * A memtable that is being flushed; the background reads it.
   *
   * @param dropped since
   */
  record Frozen(Memtable memtable, List<PositionRange> dropped) {
    boolean find(long position, long fingerprint, EntryCursor into) {
      return memtable.find(position, fingerprint, into)
          && dropped.stream().noneMatch(range -> range.contains(position));
    }

    EntryIterator iterate(long from, long to) {
      return without(memtable.iterate(from, to), List.copyOf(dropped));
    }

    int count(long from, long to) {
      return memtable.count(from, to);
    }

    int size() {
      return memtable.size();
    }
  }

  LiveIndex(
      RunTable runs,
      SegmentTable segments,
      FingerprintCollisions shared,
      Fingerprint fingerprint,
      Memtable active,
      List<Manifest.RangeTombstone> drops) {
    this.runs = runs;
    this.segments = segments;
    this.shared = shared;
    this.fingerprint = fingerprint;
    this.active = active;
    this.drops.addAll(drops);
  }

  /**
   * Finds the newest entry of a key. What is not there is certain; what is there is to be checked
   * by its record, as {@link Run#find} says.
   */
  boolean find(long position, long fingerprint, EntryCursor into) {
    return inMemory(position, fingerprint, into) || runs.find(position, fingerprint, drops, into);
  }

  /** The same, and certain either way. */
  boolean findChecked(long position, long fingerprint, EntryCursor into) {
    return inMemory(position, fingerprint, into)
        || runs.findChecked(position, fingerprint, drops, into);
  }

  private boolean inMemory(long position, long fingerprint, EntryCursor into) {
    if (active.find(position, fingerprint, into)) {
      return true;
    }
    for (int i = 0; i < frozen.size(); i++) {
      if (frozen.get(i).find(position, fingerprint, into)) {
        return true;
      }
    }
    return false;
  }

  /** Forgets a range: at once here, and in the runs as soon as they have been rewritten. */
  void drop(PositionRange range, long endOfRuns) {
    active.removeRange(range.first(), range.last());
    frozen.forEach(each -> each.dropped.add(range));
    drops.add(new Manifest.RangeTombstone(range, endOfRuns));
    shared.drop(range);
  }

  List<Manifest.RangeTombstone> drops() {
    return List.copyOf(drops);
  }

  /** The runs know of these drops now. */
  void dropped(List<Manifest.RangeTombstone> known) {
    drops.removeAll(known);
  }

  /** Entries outside of some ranges. */
  static EntryIterator without(EntryIterator entries, List<PositionRange> ranges) {
    if (ranges.isEmpty()) {
      return entries;
    }
    return into -> {
      while (entries.next(into)) {
        long position = into.position;
        if (ranges.stream().noneMatch(range -> range.contains(position))) {
          return true;
        }
      }
      return false;
    };
  }

  void put(
      long position,
      long fingerprint,
      long location,
      int length,
      long versionHash,
      boolean removed) {
    if (active.put(position, fingerprint, location, length, versionHash, removed, replaced)) {
      segments.dead(replaced.location, replaced.length);
    }
  }

  /** Points a key to another place of the same record, if it still points to the old one. */
  boolean move(long position, long fingerprint, long from, long to, int length, boolean removed) {
    if (!findChecked(position, fingerprint, found) || found.location != from) {
      return false;
    }
    put(position, fingerprint, to, length, found.versionHash, removed);
    return true;
  }

  int activeEntries() {
    return active.size();
  }

  int frozenEntries() {
    return frozen.stream().mapToInt(Frozen::size).sum();
  }

  int memtables() {
    return 1 + frozen.size();
  }

  long memtableBytes() {
    return active.bytes() + frozen.stream().mapToLong(each -> each.memtable().bytes()).sum();
  }

  /** Which memtable takes changes now; those before it are frozen. */
  long generation() {
    return frozenCount;
  }

  /** Closes the active memtable to changes; another takes its place. */
  Frozen freeze() {
    Frozen full = new Frozen(active, new ArrayList<>());
    frozen.add(0, full);
    frozenCount++;
    active = new Memtable();
    return full;
  }

  /** The runs know what the memtable knew. */
  void flushed(Frozen memtable) {
    frozen.remove(memtable);
  }

  boolean isEmpty() {
    return active.size() == 0 && frozen.isEmpty() && runs.entries() == 0;
  }

  /** Entries of a range in order, the newest of each key, removed ones too. */
  EntryIterator iterate(PositionRange range) {
    return new Stretch(range);
  }

  /** All entries in all parts: at least as many as there are keys. */
  long entries() {
    return active.size() + frozenEntries() + runs.entries();
  }

  /** Goes from group to group, since a range may span several. */
  private final class Stretch implements EntryIterator {
    private final PositionRange range;
    private int group;
    private EntryIterator within;

    Stretch(PositionRange range) {
      this.range = range;
      this.group = RunTable.groupOf(range.first());
      this.within = open();
    }

    private EntryIterator open() {
      long from = max(range.first(), RunTable.firstOf(group));
      long to = min(range.last(), RunTable.lastOf(group));
      List<EntryIterator> newestFirst = new ArrayList<>();
      newestFirst.add(active.iterate(from, to));
      for (Frozen memtable : frozen) {
        newestFirst.add(memtable.iterate(from, to));
      }
      runs.iterators(group, from, to, drops, newestFirst);
      try {
        return new MergeIterator(newestFirst, false, (location, length) -> {});
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public boolean next(EntryCursor into) throws IOException {
      while (!within.next(into)) {
        if (group == RunTable.groupOf(range.last())) {
          return false;
        }
        group++;
        within = open();
      }
      return true;
    }

    private static long max(long a, long b) {
      return Long.compareUnsigned(a, b) >= 0 ? a : b;
    }

    private static long min(long a, long b) {
      return Long.compareUnsigned(a, b) <= 0 ? a : b;
    }
  }
}
