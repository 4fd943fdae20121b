package starling.node.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.storage.index.EntryCursor;
import starling.node.storage.index.EntryIterator;

/**
 * Names the keys of a range. The index knows no names, so each page costs a reading of as many
 * records' heads, which is done by the readers. A page never ends between two keys of one position:
 * only the position is an order that all nodes share before the names are known.
 */
final class Scans {
  private static final int WINDOW_BYTES = 256 << 10;

  private record Found(Segment segment, long location, int length, long versionHash) {}

  private final LiveIndex index;
  private final Executor readers;
  private final Executor owner;

  Scans(LiveIndex index, Executor readers, Executor owner) {
    this.index = index;
    this.readers = readers;
    this.owner = owner;
  }

  void scan(
      PositionRange range,
      @Nullable Key after,
      int limit,
      Consumer<SetAside> damaged,
      Consumer<ScanPage> answer) {
    long from =
        after == null || !range.contains(after.position()) ? range.first() : after.position();
    PositionRange rest = new PositionRange(from, range.last());
    List<Found> found = new ArrayList<>();
    boolean last;
    long end = range.last();
    try {
      EntryIterator entries = index.iterate(rest);
      EntryCursor entry = new EntryCursor();
      long position = from;
      last = true;
      while (entries.next(entry)) {
        // One position may be passed over by the cursor whole: it does not count.
        if (found.size() >= limit && entry.position != position && position != from) {
          last = false;
          end = position;
          break;
        }
        position = entry.position;
        if (!entry.removed) {
          add(found, entry.location, entry.length, entry.versionHash);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (SharedKeys.Entry entry : index.shared.in(new PositionRange(from, end))) {
      add(found, entry.location(), entry.length(), entry.versionHash());
    }
    boolean whole = last;
    readers.execute(
        () -> {
          List<SetAside> flaws = new ArrayList<>();
          ScanPage page = name(found, after, whole, flaws);
          owner.execute(
              () -> {
                flaws.forEach(damaged);
                found.forEach(each -> each.segment.letGo());
                answer.accept(page);
              });
        });
  }

  private void add(List<Found> found, long location, int length, long versionHash) {
    SegmentTable.Entry entry = index.segments.get(Location.segment(location));
    if (entry != null) {
      found.add(new Found(entry.segment.hold(), location, length, versionHash));
    }
  }

  private static ScanPage name(
      List<Found> found, @Nullable Key after, boolean last, List<SetAside> flaws) {
    SegmentReader reader = new SegmentReader(WINDOW_BYTES);
    List<ScanPage.Entry> entries = new ArrayList<>();
    for (Found each : found) {
      long offset = Location.offset(each.location);
      String flaw = "its head is damaged";
      try {
        reader.forget();
        RecordHead head = reader.headAlone(each.segment, offset, each.length);
        if (head != null && head.type() == RecordLayout.PUT) {
          Key key = reader.key(each.segment, offset, head);
          if (after == null || key.compareTo(after) > 0) {
            entries.add(new ScanPage.Entry(key, each.versionHash));
          }
          continue;
        }
      } catch (IOException e) {
        flaw = "it could not be read: " + e;
      }
      flaws.add(new SetAside(each.segment.id(), offset, each.length, null, flaw));
    }
    entries.sort(Comparator.comparing(ScanPage.Entry::key));
    return new ScanPage(entries, last);
  }
}
