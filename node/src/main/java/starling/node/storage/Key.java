package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The key of a record: a bucket's name and the key's bytes, together with the key's position on the
 * ring. The position is a function of the other two; the caller computes it, since the store knows
 * nothing of placement, and equality ignores it. Keys sort by position (as an unsigned number),
 * then bucket, then bytes, so that a range of positions is a range of keys. The byte array is
 * shared, not copied, and must not be changed.
 */
public final class Key implements Comparable<Key> {
  /** Longest bucket name (as UTF-8) and longest key that a record can carry, in bytes. */
  public static final int MAX_BYTES = 0xffff;

  private final String bucket;
  private final byte[] bytes;
  private final long position;
  private final int hash;

  public Key(String bucket, byte[] bytes, long position) {
    this.bucket = Objects.requireNonNull(bucket);
    this.bytes = Objects.requireNonNull(bytes);
    this.position = position;
    this.hash = 31 * bucket.hashCode() + Arrays.hashCode(bytes);
  }

  public String bucket() {
    return bucket;
  }

  /** The key's bytes; shared, never to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  /** The key's position on the ring; unsigned. */
  public long position() {
    return position;
  }

  @Override
  public int compareTo(Key other) {
    int order = Long.compareUnsigned(position, other.position);
    if (order == 0) {
      order = bucket.compareTo(other.bucket);
    }
    return order != 0 ? order : Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Key that
            && hash == that.hash
            && bucket.equals(that.bucket)
            && Arrays.equals(bytes, that.bytes));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return bucket + "/" + new String(bytes, UTF_8);
  }
}
