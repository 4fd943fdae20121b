package starling.node.storage;

/**
 * A range of the ring, such as a partition: all positions from {@code first} to {@code last}, both
 * included, as unsigned numbers.
 */
public record PositionRange(long first, long last) {
  public PositionRange {
    if (Long.compareUnsigned(first, last) > 0) {
      throw new IllegalArgumentException(
          "the range is empty: from "
              + Long.toUnsignedString(first)
              + " to "
              + Long.toUnsignedString(last));
    }
  }

  /** One of {@code 2^bits} equal ranges. */
  public static PositionRange ofPartition(int partition, int bits) {
    if (bits == 0) {
      return new PositionRange(0, -1L);
    }
    long first = (long) partition << (64 - bits);
    return new PositionRange(first, first | (-1L >>> bits));
  }

  public boolean contains(long position) {
    return Long.compareUnsigned(position, first) >= 0 && Long.compareUnsigned(position, last) <= 0;
  }
}
