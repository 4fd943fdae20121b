package starling.node.storage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import starling.node.port.Timers;

/**
 * Scans keys of a range with their sets, for listings. The owner finds the records in the index; a
 * reader reads names first and then the sets of the wanted keys, so that neither the owner's thread
 * nor the cache of values pays for a listing. Unlike {@link Scans} a page may end between two keys
 * of one position, so that its bounds hold for any keys.
 */
final class SetScans {
  private static final int WINDOW_BYTES = 256 << 10;
  private static final long[] PAUSES_NANOS = RecordReads.PAUSES_NANOS;

  private final LiveIndex index;
  private final Executor readers;
  private final Executor owner;
  private final Timers timers;

  SetScans(LiveIndex index, Executor readers, Executor owner, Timers timers) {
    this.index = index;
    this.readers = readers;
    this.owner = owner;
    this.timers = timers;
  }

  private record Work(
      SetScan scan,
      List<Scans.Found> found,
      Scans.Reach reach,
      Consumer<CorruptRange> damaged,
      Consumer<SetPage> answer) {}

  private record Named(Key key, Scans.Found found, RecordHead head) {}

  private record Result(SetPage page, List<CorruptRange> flaws, boolean failed) {}

  /** Throws an error of the index, before any answer; otherwise answers once. */
  void scan(
      SetScan scan,
      LongPredicate quarantined,
      Consumer<CorruptRange> damaged,
      Consumer<SetPage> answer) {
    List<Scans.Found> found = new ArrayList<>();
    Scans.Reach reach =
        Scans.findOrLetGo(index, scan.range(), scan.after(), scan.maxKeys(), quarantined, found);
    byReaders(new Work(scan, found, reach, damaged, answer), 0);
  }

  private void byReaders(Work work, int failures) {
    readers.execute(
        () -> {
          Result result = read(work);
          owner.execute(
              () -> {
                if (result.failed && failures < PAUSES_NANOS.length) {
                  timers.after(PAUSES_NANOS[failures], () -> byReaders(work, failures + 1));
                } else {
                  answer(work, result);
                }
              });
        });
  }

  private static void answer(Work work, Result result) {
    Scans.letGo(work.found);
    try {
      result.flaws.forEach(work.damaged);
    } finally {
      work.answer.accept(result.page);
    }
  }

  private static Result read(Work work) {
    SetScan scan = work.scan;
    SegmentReader reader = new SegmentReader(WINDOW_BYTES);
    UnreadRecords flaws = new UnreadRecords();
    List<Named> wanted = wanted(work, reader, flaws);
    List<SetPage.Entry> entries = new ArrayList<>();
    Key end = work.reach.last() ? null : new Key("", new byte[0], work.reach.through() + 1);
    long bytes = 0;
    for (int i = 0; i < wanted.size(); i++) {
      Named each = wanted.get(i);
      byte[] kept = kept(scan, reader, each, flaws);
      if (kept != null) {
        entries.add(new SetPage.Entry(each.key, kept));
        bytes += kept.length;
      }
      boolean full = entries.size() >= scan.maxKeys() || bytes >= scan.maxBytes();
      if (full && i + 1 < wanted.size()) {
        end = each.key;
        break;
      }
    }
    return new Result(new SetPage(entries, end), flaws.ranges, flaws.failed);
  }

  /** The names of the records, in order, as far as the caller wants their sets. */
  private static List<Named> wanted(Work work, SegmentReader reader, UnreadRecords flaws) {
    SetScan scan = work.scan;
    Key after = scan.after();
    List<Named> wanted = new ArrayList<>();
    for (Scans.Found each : work.found) {
      flaws.guard(
          each,
          () -> {
            reader.forget();
            long offset = Location.offset(each.location());
            RecordHead head = reader.headAlone(each.segment(), offset, each.length());
            if (head == null || head.type() != RecordLayout.PUT) {
              return "its head is damaged";
            }
            Key key = reader.key(each.segment(), offset, head);
            if ((after == null || key.compareTo(after) > 0) && scan.filter().wanted(key)) {
              wanted.add(new Named(key, each, head));
            }
            return null;
          });
    }
    wanted.sort(Comparator.comparing(Named::key));
    return wanted;
  }

  private static byte @Nullable [] kept(
      SetScan scan, SegmentReader reader, Named each, UnreadRecords flaws) {
    byte[][] kept = new byte[1][];
    flaws.guard(
        each.found,
        () -> {
          reader.forget();
          long offset = Location.offset(each.found.location());
          byte[] body = reader.body(each.found.segment(), offset, each.head);
          if (body == null) {
            return "its checksum does not hold";
          }
          byte[] set = PackedBody.unpack(each.head.flags(), body, StorageConfig.MAX_SET_BYTES);
          byte[] part = scan.filter().kept(set);
          if (part != null) {
            kept[0] = part;
          }
          return null;
        });
    return kept[0];
  }
}
