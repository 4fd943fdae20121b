package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;
import starling.node.storage.index.DamagedRunException;
import starling.node.storage.index.EntryCursor;
import starling.node.storage.index.EntryIterator;
import starling.node.storage.index.Fingerprint;
import starling.node.storage.index.Memtable;
import starling.node.storage.index.Run;
import starling.node.storage.index.RunDescription;
import starling.node.storage.index.RunWriter;

/**
 * Rebuilds the index from the whole log. Of the records of a key the one with the highest sequence
 * number counts, in any segment: hot segments are read in their order, and a record of a cold one
 * carries its sequence number. Keys that do not fit into memory at once are processed in slices of
 * the ring, each with its own pass over the log.
 */
final class Rebuild {
  private final Disk disk;
  private final SegmentReader reader;
  private final Fingerprint fingerprint;
  private final int mostEntries;
  private final NavigableMap<Long, CorruptRange> known;

  private record Drop(PositionRange range, long sequence) {}

  /**
   * @param known corrupt ranges of earlier processes whose key is known, by location
   */
  Rebuild(
      Disk disk,
      SegmentReader reader,
      Fingerprint fingerprint,
      int mostEntries,
      NavigableMap<Long, CorruptRange> known) {
    this.known = known;
    this.disk = disk;
    this.reader = reader;
    this.fingerprint = fingerprint;
    this.mostEntries = mostEntries;
  }

  /**
   * Writes runs of all live records, and counts the dead bytes of each segment.
   *
   * @return the next run's id
   */
  long run(SegmentTable segments, RunTable into, FingerprintCollisions shared, long firstRunId)
      throws IOException {
    long runId = firstRunId;
    long from = 0;
    while (true) {
      Slice slice = new Slice(segments, shared, from);
      slice.read();
      dropShared(slice, shared);
      runId = write(slice, into, runId);
      if (slice.to == -1L) {
        return runId;
      }
      from = slice.to + 1;
    }
  }

  /** Colliding keys are in no run: range tombstones remove them here. */
  private void dropShared(Slice slice, FingerprintCollisions shared) throws IOException {
    for (FingerprintCollisions.Entry entry : shared.all()) {
      for (Drop drop : slice.drops) {
        if (drop.range.contains(entry.key().position())
            && sequence(slice.segments, reader, entry.location()) < drop.sequence) {
          shared.put(new FingerprintCollisions.Entry(entry.key(), 0, 0, 0));
        }
      }
    }
  }

  private long write(Slice slice, RunTable into, long firstRunId) throws IOException {
    long runId = firstRunId;
    for (int group = 0; group < RunTable.GROUPS; group++) {
      long from = RunTable.firstOf(group);
      long to = RunTable.lastOf(group);
      if (Long.compareUnsigned(to, slice.from) < 0 || Long.compareUnsigned(from, slice.to) > 0) {
        continue;
      }
      EntryIterator alive =
          new Alive(slice.table.iterate(from, to), slice.drops, slice.segments, reader);
      RunDescription run =
          RunWriter.write(
              disk, RunTable.DIRECTORY, group, runId++, alive, slice.table.count(from, to));
      if (run != null) {
        try {
          into.addNewest(Run.open(disk, RunTable.DIRECTORY, run));
        } catch (DamagedRunException e) {
          throw new IOException("a run that was just written is damaged; check the disk", e);
        }
      }
    }
    return runId;
  }

  /** A range of the ring whose newest records fit into memory. */
  private final class Slice {
    private final SegmentTable segments;
    private final FingerprintCollisions shared;
    private final long from;
    private final List<Drop> drops = new ArrayList<>();
    private final EntryCursor found = new EntryCursor();
    private final EntryCursor replaced = new EntryCursor();
    private Memtable table = new Memtable();
    private long to = -1L;

    Slice(SegmentTable segments, FingerprintCollisions shared, long from) {
      this.segments = segments;
      this.shared = shared;
      this.from = from;
    }

    void read() throws IOException {
      for (boolean cold : new boolean[] {false, true}) {
        for (SegmentTable.Entry entry : segments.all()) {
          if (entry.segment.cold() == cold) {
            Segment present = entry.segment;
            new SegmentScan(reader, present)
                .walk(
                    SegmentHeader.BYTES,
                    entry.end,
                    new SegmentScan.Visitor() {
                      @Override
                      public void record(long offset, RecordHead head) throws IOException {
                        Slice.this.record(present, offset, head);
                      }

                      @Override
                      public void gap(long from, long to, @Nullable RecordHead head)
                          throws IOException {
                        Slice.this.gap(present, from, to, head);
                      }
                    });
          }
        }
      }
    }

    /**
     * The index points to a damaged record too, if its key is known, so that no older record is
     * served. The sequence number of a copy without a head is unknown; its range is reported
     * instead.
     */
    private void gap(Segment segment, long from, long to, @Nullable RecordHead head)
        throws IOException {
      if (head != null) {
        record(segment, from, head);
      } else if (!segment.cold()) {
        long first = Location.of(segment.id(), from);
        for (CorruptRange each : known.subMap(first, Location.of(segment.id(), to)).values()) {
          Key key = each.key();
          if (key != null
              && Long.compareUnsigned(key.position(), this.from) >= 0
              && Long.compareUnsigned(key.position(), this.to) <= 0) {
            hide(key, Location.of(each.segment(), each.offset()), (int) each.length());
          }
        }
      }
    }

    private void hide(Key key, long location, int length) throws IOException {
      long print = fingerprint.of(key.bucket(), key.bytes());
      if (table.put(key.position(), print, location, length, 0, false, replaced)) {
        segments.dead(replaced.location, replaced.length);
      }
      if (table.size() > mostEntries) {
        narrow();
      }
    }

    private void record(Segment segment, long offset, RecordHead head) throws IOException {
      long location = Location.of(segment.id(), offset);
      if (head.type() == RecordLayout.DROP) {
        drops.add(
            new Drop(new PositionRange(head.first(), head.second()), head.sequenceAt(location)));
        return;
      }
      long position = head.first();
      if (!head.ofKey()
          || Long.compareUnsigned(position, from) < 0
          || Long.compareUnsigned(position, to) > 0) {
        return;
      }
      Key key = reader.key(segment, offset, head);
      if ((head.flags() & RecordLayout.SHARED) != 0) {
        sharedKey(key, location, head);
        return;
      }
      long print = fingerprint.of(key.bucket(), key.bytes());
      if (segment.cold()
          && table.find(position, print, found)
          && sequence(found.location) >= head.sequence()) {
        segments.dead(location, head.length());
        return;
      }
      boolean removed = head.type() == RecordLayout.REAPED;
      if (table.put(position, print, location, head.length(), head.second(), removed, replaced)) {
        segments.dead(replaced.location, replaced.length);
      }
      if (table.size() > mostEntries) {
        narrow();
      }
    }

    private void sharedKey(Key key, long location, RecordHead head) throws IOException {
      FingerprintCollisions.Entry before = shared.get(key);
      if (before == null
          || before.location() == 0
          || sequence(before.location()) < head.sequenceAt(location)) {
        boolean removed = head.type() == RecordLayout.REAPED;
        shared.put(
            new FingerprintCollisions.Entry(
                key, location, removed ? 0 : head.length(), head.second()));
      }
    }

    private long sequence(long location) throws IOException {
      return Rebuild.sequence(segments, reader, location);
    }

    /** Leaves the upper half of the slice to a later pass. */
    private void narrow() throws IOException {
      to = from + ((to - from) >>> 1);
      Memtable kept = new Memtable();
      EntryIterator entries = table.iterate(from, to);
      while (entries.next(found)) {
        kept.put(
            found.position,
            found.fingerprint,
            found.location,
            found.length,
            found.versionHash,
            found.removed,
            replaced);
      }
      table = kept;
    }
  }

  private static long sequence(SegmentTable segments, SegmentReader reader, long location)
      throws IOException {
    SegmentTable.Entry entry = segments.get(Location.segment(location));
    if (entry == null || !entry.segment.cold()) {
      return location;
    }
    RecordHead head = reader.head(entry.segment, Location.offset(location), entry.end);
    if (head == null) {
      throw new IOException(
          "a record was readable once and is not now; check the disk: " + location);
    }
    return head.sequenceAt(location);
  }

  /** The newest records that are neither reaped nor dropped. */
  private static final class Alive implements EntryIterator {
    private final EntryIterator entries;
    private final List<Drop> drops;
    private final SegmentTable segments;
    private final SegmentReader reader;

    Alive(EntryIterator entries, List<Drop> drops, SegmentTable segments, SegmentReader reader) {
      this.entries = entries;
      this.drops = drops;
      this.segments = segments;
      this.reader = reader;
    }

    @Override
    public boolean next(EntryCursor into) throws IOException {
      while (entries.next(into)) {
        if (!into.removed && !dropped(into)) {
          return true;
        }
        segments.dead(into.location, into.length);
      }
      return false;
    }

    private boolean dropped(EntryCursor entry) throws IOException {
      for (Drop drop : drops) {
        if (drop.range.contains(entry.position)
            && sequence(segments, reader, entry.location) < drop.sequence) {
          return true;
        }
      }
      return false;
    }
  }
}
