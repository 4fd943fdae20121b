package starling.node.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Walks a segment from record to record; after damage it continues at the next offset with a sound
 * head. Salt and offset in the checksums make a false match, or a match of a record's image inside
 * a value, practically impossible.
 */
final class SegmentScan {
  /** Receives all records and gaps of a range, in order. */
  interface Visitor {
    void record(long offset, RecordHead head) throws IOException;

    /**
     * @param head of the record whose set is damaged; {@code null} if no sound head was found
     */
    default void gap(long from, long to, @Nullable RecordHead head) throws IOException {}

    /** A sound SEAL at the offset that it names: no byte behind it belongs to the segment. */
    default void seal(long offset, RecordHead head) throws IOException {}
  }

  private final SegmentReader reader;
  private final Segment segment;

  SegmentScan(SegmentReader reader, Segment segment) {
    this.reader = reader;
    this.segment = segment;
  }

  /**
   * Walks from {@code from}, where a record begins, to {@code end} or the segment's SEAL.
   *
   * @return where the walk ended
   */
  long walk(long from, long end, Visitor visitor) throws IOException {
    return walk(from, end, end, visitor);
  }

  /** The same, but stops at the first record at or behind {@code stop}. */
  long walk(long from, long stop, long end, Visitor visitor) throws IOException {
    long at = from;
    while (at < end && (at < stop || stop == end)) {
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
                + ", which this release does not know: open it with the release that wrote it");
      }
      if (head.type() == RecordLayout.SEAL && head.first() == at) {
        visitor.seal(at, head);
        return at + head.length();
      }
      if (reader.bodySound(segment, at, head)) {
        visitor.record(at, head);
      } else {
        visitor.gap(at, at + head.length(), head);
      }
      at += head.length();
    }
    return Math.min(at, end);
  }

  private long nextHead(long from, long end) throws IOException {
    long at = reader.likelyHead(segment, from, end);
    while (at < end && reader.head(segment, at, end) == null) {
      at = reader.likelyHead(segment, at + 1, end);
    }
    return at;
  }
}
