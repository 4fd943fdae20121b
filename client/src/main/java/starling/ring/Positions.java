package starling.ring;

/**
 * The position of a key on the ring of 2^64 positions, and its partition.
 *
 * <p>A position is the first 64 bits of MurmurHash3_x64_128 (seed 0), read as unsigned, over the
 * length of the bucket's name (u32, big endian), the name in UTF-8, and the key. The length comes
 * first so that no two pairs of bucket and key share their bytes. Any client may compute this; it
 * can never change for stored data, and golden vectors pin it.
 */
public final class Positions {
  /** The most partitions of a ring. */
  public static final int MAX_PARTITIONS = 1 << 16;

  private Positions() {}

  /** The position of a key of a bucket, to be read as unsigned. */
  public static long position(byte[] bucketUtf8, byte[] key) {
    byte[] bytes = new byte[Integer.BYTES + bucketUtf8.length + key.length];
    int length = bucketUtf8.length;
    bytes[0] = (byte) (length >>> 24);
    bytes[1] = (byte) (length >>> 16);
    bytes[2] = (byte) (length >>> 8);
    bytes[3] = (byte) length;
    System.arraycopy(bucketUtf8, 0, bytes, Integer.BYTES, length);
    System.arraycopy(key, 0, bytes, Integer.BYTES + length, key.length);
    return Murmur3.hash(bytes);
  }

  /** The partition that holds the position: its top bits. {@code partitions} is a power of two. */
  public static int partition(long position, int partitions) {
    // Two shifts: a single shift by 64 (a ring of one partition) would shift by 0.
    return (int) (position >>> 1 >>> (63 - Integer.numberOfTrailingZeros(partitions)));
  }

  /** Fails unless the number of partitions is a power of two within bounds. */
  static int requirePartitions(int partitions) {
    if (partitions < 1 || partitions > MAX_PARTITIONS || Integer.bitCount(partitions) != 1) {
      throw new IllegalArgumentException(
          "partitions must be a power of two from 1 to " + MAX_PARTITIONS + ", not " + partitions);
    }
    return partitions;
  }
}
