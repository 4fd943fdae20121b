package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the sealed segments of the log, a step at a time, and finds corrupt ranges before a client
 * reads them. A round goes from the oldest segment to the newest; the next begins after a pause.
 * The position is not saved: each process begins a new round.
 */
final class Scrub {
  private long segment = -1;
  private long at;
  private long rounds;
  private long bytes;

  /** The part that a step reads. */
  record Part(Segment segment, long from, long end) {}

  /** The corrupt ranges of a step, and where the next begins. */
  record Found(long at, List<CorruptRange> flaws) {}

  /** The next part, or {@code null} at the end of a round. */
  @Nullable Part next(SegmentTable segments) {
    for (SegmentTable.Entry entry : segments.all()) {
      long id = entry.segment.id();
      if (id < segment || !entry.sealed || entry.compactedIn != Long.MAX_VALUE) {
        continue;
      }
      if (id > segment) {
        segment = id;
        at = SegmentHeader.BYTES;
      }
      if (at < entry.end) {
        return new Part(entry.segment, at, entry.end);
      }
    }
    segment = -1;
    rounds++;
    return null;
  }

  void read(long to) {
    bytes += to - at;
    at = to;
  }

  long rounds() {
    return rounds;
  }

  long bytes() {
    return bytes;
  }

  /** The part of the log that this round has read, 0 to 1. */
  double done(SegmentTable segments) {
    long behind = 0;
    long all = 0;
    for (SegmentTable.Entry entry : segments.all()) {
      all += entry.bytes();
      if (entry.segment.id() < segment) {
        behind += entry.bytes();
      } else if (entry.segment.id() == segment) {
        behind += at - SegmentHeader.BYTES;
      }
    }
    return all == 0 || segment < 0 ? 0 : (double) behind / all;
  }

  /** Reads about {@code bytes} of a part; in the background. */
  static Found step(SegmentReader reader, Part part, long bytes) throws IOException {
    List<CorruptRange> flaws = new ArrayList<>();
    reader.forget();
    long to =
        new SegmentScan(reader, part.segment())
            .walk(
                part.from(),
                Math.min(part.end(), part.from() + bytes),
                part.end(),
                new SegmentScan.Visitor() {
                  @Override
                  public void record(long offset, RecordHead head) {}

                  @Override
                  public void gap(long from, long to, @Nullable RecordHead head)
                      throws IOException {
                    Key key =
                        head != null && head.ofKey()
                            ? reader.key(part.segment(), from, head)
                            : null;
                    flaws.add(
                        new CorruptRange(
                            part.segment().id(), from, to - from, key, "found by the scrub"));
                  }
                });
    return new Found(Math.max(to, part.from() + 1), flaws);
  }
}
