package starling.node.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Walks a segment from record to record and over what is not one: after damage it goes on at the
 * next offset where a sound head lies. Salt and offset in the checks make a chance find, or an
 * image of a record inside a value, practically impossible.
 */
final class SegmentScan {
  /** Receives all of a stretch, in order and without holes. */
  interface Visitor {
    void record(long offset, RecordHead head) throws IOException;

    /**
     * @param head of the record whose set is damaged; {@code null} where no sound head was found
     */
    void gap(long from, long to, @Nullable RecordHead head) throws IOException;
  }

  private final SegmentReader reader;
  private final Segment segment;

  SegmentScan(SegmentReader reader, Segment segment) {
    this.reader = reader;
    this.segment = segment;
  }

  void walk(long end, Visitor visitor) throws IOException {
    long at = SegmentHeader.BYTES;
    while (at < end) {
      RecordHead head = reader.head(segment, at, end);
      if (head == null) {
        long next = nextHead(at + 1, end);
        visitor.gap(at, next, null);
        at = next;
        continue;
      }
      if (!head.known()) {
        throw new StoreRefusedException(
            "segment "
                + segment.id()
                + " holds a record of type "
                + head.type()
                + ", flags "
                + head.flags()
                + " at "
                + at
                + ", which this program does not know: a newer release wrote it");
      }
      if (reader.bodySound(segment, at, head)) {
        visitor.record(at, head);
      } else {
        visitor.gap(at, at + head.length(), head);
      }
      at += head.length();
    }
  }

  private long nextHead(long from, long end) throws IOException {
    for (long at = from; at < end; at++) {
      if (reader.head(segment, at, end) != null) {
        return at;
      }
    }
    return end;
  }
}
