package starling.node.topology;

import java.util.List;

/**
 * One numbered change of the ring, chosen once (PROTOCOL P27). Its changes take effect in their
 * order and all together.
 *
 * @param line the log that it belongs to
 * @param number 1 for the founding, then one more each
 * @param previous the hash of the record before it; {@link RecordHash#NONE} in record 1
 * @param insisted whether an operator insisted on a ring that does not pass the check of N distinct
 *     nodes
 * @param changes at least one
 */
public record RingRecord(
    Line line, long number, RecordHash previous, boolean insisted, List<RingChange> changes) {
  /** The longest encoding; a layout of 65,536 tokens among 1,000 nodes takes about 250 KB. */
  public static final int MAX_BYTES = 1 << 20;

  public RingRecord {
    changes = List.copyOf(changes);
    if (number < 1) {
      throw new IllegalArgumentException("record " + number + ": records are counted from 1");
    }
    if (changes.isEmpty()) {
      throw new IllegalArgumentException("record " + number + " changes nothing");
    }
  }

  /** The record in these bytes. */
  public static RingRecord decode(byte[] bytes) {
    return RecordCodec.decode(bytes);
  }

  /** Its bytes; equal records have equal bytes. */
  public byte[] encode() {
    return RecordCodec.encode(this);
  }

  /** The hash that the next record names. */
  public RecordHash hash() {
    return RecordHash.of(encode());
  }
}
