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
 * The location of the newest visible record of each key: the active memtable, the frozen ones that
 * are being flushed, and the runs. Each hides entries of the same key in the later ones. Owned by
 * one thread; the index never points to a record whose append is not complete.
 */
final class LiveIndex {
  final RunTable runs;
  final SegmentTable segments;
  final FingerprintCollisions shared;
  final Fingerprint fingerprint;

  private Memtable active;

  /** Newest first. */
  private final List<Frozen> frozen = new ArrayList<>();

  /** Range tombstones that hide entries which the runs still hold. */
  private final List<Manifest.RangeTombstone> drops = new ArrayList<>();

  private final EntryCursor replaced = new EntryCursor();
  private final EntryCursor found = new EntryCursor();

  /** Number of memtables that were frozen. */
  private long frozenCount;

  /**
   * A frozen memtable that is being flushed; the background reads it.
   *
   * @param dropped ranges that were dropped after it was frozen
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
   * Finds the newest entry of a key. A miss is certain; an entry must be checked against its
   * record, as {@link Run#find} says.
   */
  boolean find(long position, long fingerprint, EntryCursor into) {
    return inMemory(position, fingerprint, into) || runs.find(position, fingerprint, drops, into);
  }

  /** The same, and an entry is certain too. */
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

  /** Removes a range: at once from the memtables, and from the runs when they are rewritten. */
  void drop(PositionRange range, long endOfRuns) {
    active.removeRange(range.first(), range.last());
    frozen.forEach(each -> each.dropped.add(range));
    drops.add(new Manifest.RangeTombstone(range, endOfRuns));
    shared.drop(range);
  }

  List<Manifest.RangeTombstone> drops() {
    return List.copyOf(drops);
  }

  /** No run holds entries of these range tombstones any more. */
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

  /** Points a key to another copy of the same record, if it still points to the old one. */
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

  /** The number of the active memtable; lower ones are frozen. */
  long generation() {
    return frozenCount;
  }

  /** Freezes the active memtable and begins a new one. */
  Frozen freeze() {
    Frozen full = new Frozen(active, new ArrayList<>());
    frozen.add(0, full);
    frozenCount++;
    active = new Memtable();
    return full;
  }

  /** The runs hold the entries of the memtable. */
  void flushed(Frozen memtable) {
    frozen.remove(memtable);
  }

  boolean isEmpty() {
    return active.size() == 0 && frozen.isEmpty() && runs.entries() == 0;
  }

  /** Entries of a range in order, the newest of each key, including removals. */
  EntryIterator iterate(PositionRange range) {
    return new Stretch(range);
  }

  /** Number of entries in all parts; a key may count more than once. */
  long entries() {
    return active.size() + frozenEntries() + runs.entries();
  }

  /** Iterates group by group, since a range may span several. */
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
