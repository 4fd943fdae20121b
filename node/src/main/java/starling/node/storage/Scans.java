package starling.node.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;
import starling.node.port.Timers;
import starling.node.storage.index.EntryCursor;
import starling.node.storage.index.EntryIterator;

/**
 * Lists the keys of a range. The index holds no names, so the readers read the head of one record
 * for each key of a page. A page never ends between two keys of one position: only the position is
 * an order that all nodes share before the names are known.
 */
final class Scans {
  private static final int WINDOW_BYTES = 256 << 10;
  private static final long[] PAUSES_NANOS = RecordReads.PAUSES_NANOS;

  /** The record of a key, whose segment is held. */
  record Found(Segment segment, long location, int length, long versionHash) {}

  /**
   * How far the keys that were found reach.
   *
   * @param last whether no more follow in the range
   * @param through the last position of which all were looked at
   */
  record Reach(boolean last, long through) {}

  private final LiveIndex index;
  private final Executor readers;
  private final Executor owner;
  private final Timers timers;

  Scans(LiveIndex index, Executor readers, Executor owner, Timers timers) {
    this.index = index;
    this.readers = readers;
    this.owner = owner;
    this.timers = timers;
  }

  /**
   * Throws an error of the index, before any answer; otherwise answers once, even if a reader
   * throws.
   *
   * @param quarantined whether the record at a location is quarantined; pages leave such keys out
   */
  void scan(
      PositionRange range,
      @Nullable Key after,
      int limit,
      LongPredicate quarantined,
      Consumer<CorruptRange> damaged,
      Consumer<ScanPage> answer) {
    List<Found> found = new ArrayList<>();
    Reach reach = findOrLetGo(index, range, after, limit, quarantined, found);
    byReaders(new Scan(found, after, reach.last(), damaged, answer), 0);
  }

  static void letGo(List<Found> found) {
    found.forEach(each -> each.segment.letGo());
  }

  /**
   * Finds about {@code limit} entries of a range from the position of {@code after} on; the caller
   * lets their segments go. Throws an error of the index, with no segment held.
   */
  static Reach findOrLetGo(
      LiveIndex index,
      PositionRange range,
      @Nullable Key after,
      int limit,
      LongPredicate quarantined,
      List<Found> found) {
    long from =
        after == null || !range.contains(after.position()) ? range.first() : after.position();
    try {
      return find(index, new PositionRange(from, range.last()), limit, quarantined, found);
    } catch (IOException e) {
      letGo(found);
      throw new UncheckedIOException(e);
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      letGo(found);
      throw e;
    }
  }

  private static Reach find(
      LiveIndex index, PositionRange range, int limit, LongPredicate quarantined, List<Found> found)
      throws IOException {
    long from = range.first();
    long end = range.last();
    boolean last = true;
    EntryIterator entries = index.iterate(range);
    EntryCursor entry = new EntryCursor();
    long position = from;
    while (entries.next(entry)) {
      // The cursor may skip a whole position, which does not count.
      if (found.size() >= limit && entry.position != position && position != from) {
        last = false;
        end = position;
        break;
      }
      position = entry.position;
      if (!entry.removed && !quarantined.test(entry.location)) {
        add(index, found, entry.location, entry.length, entry.versionHash);
      }
    }
    for (FingerprintCollisions.Entry shared : index.shared.in(new PositionRange(from, end))) {
      if (!quarantined.test(shared.location())) {
        add(index, found, shared.location(), shared.length(), shared.versionHash());
      }
    }
    return new Reach(last, end);
  }

  private static void add(
      LiveIndex index, List<Found> found, long location, int length, long versionHash) {
    SegmentTable.Entry entry = index.segments.get(Location.segment(location));
    if (entry != null) {
      found.add(new Found(entry.segment.hold(), location, length, versionHash));
    }
  }

  private record Scan(
      List<Found> found,
      @Nullable Key after,
      boolean last,
      Consumer<CorruptRange> damaged,
      Consumer<ScanPage> answer) {}

  /**
   * Reads the keys of the page; repeats it after a pause if a read failed, as {@link RecordReads}
   * does.
   */
  private void byReaders(Scan scan, int failures) {
    readers.execute(
        () -> {
          Page page = name(scan);
          owner.execute(
              () -> {
                if (page.failed && failures < PAUSES_NANOS.length) {
                  timers.after(PAUSES_NANOS[failures], () -> byReaders(scan, failures + 1));
                } else {
                  answer(scan, page);
                }
              });
        });
  }

  private static void answer(Scan scan, Page page) {
    letGo(scan.found);
    try {
      page.flaws.forEach(scan.damaged);
    } finally {
      scan.answer.accept(new ScanPage(page.entries, scan.last));
    }
  }

  /**
   * @param failed a read threw an error, so that another attempt may succeed
   */
  private record Page(List<ScanPage.Entry> entries, List<CorruptRange> flaws, boolean failed) {}

  private static Page name(Scan scan) {
    List<ScanPage.Entry> entries = new ArrayList<>();
    UnreadRecords flaws = new UnreadRecords();
    SegmentReader reader = new SegmentReader(WINDOW_BYTES);
    for (Found each : scan.found) {
      flaws.guard(
          each,
          () -> {
            reader.forget();
            long offset = Location.offset(each.location);
            RecordHead head = reader.headAlone(each.segment, offset, each.length);
            if (head == null || head.type() != RecordLayout.PUT) {
              return "its head is damaged";
            }
            Key key = reader.key(each.segment, offset, head);
            if (scan.after == null || key.compareTo(scan.after) > 0) {
              entries.add(new ScanPage.Entry(key, each.versionHash));
            }
            return null;
          });
    }
    entries.sort(Comparator.comparing(ScanPage.Entry::key));
    return new Page(entries, flaws.ranges, flaws.failed);
  }
}
