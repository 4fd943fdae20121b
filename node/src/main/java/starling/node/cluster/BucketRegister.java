package starling.node.cluster;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Quorum;
import starling.node.storage.Durability;
import starling.node.version.BinaryReader;
import starling.node.version.BinaryWriter;
import starling.node.version.MalformedException;

/**
 * A bucket's properties as a mergeable register: the statement with the higher counter wins, and of
 * two with one counter the greater bytes, so that all nodes end with the same.
 *
 * <pre>
 *   01                      format
 *   ...                     counter, n, timeout in milliseconds, creation: varints
 *   06 71 75 6f 72 75 6d    r, then w, pr, pw: texts with their length, here "quorum"
 *   00                      durability: 00 synced, 01 replicated
 *   00                      conflict: 00 siblings, 01 lww
 * </pre>
 */
public record BucketRegister(long counter, BucketProperties properties) {
  private static final int FORMAT = 1;

  public byte[] encode() {
    BinaryWriter out = new BinaryWriter(64);
    out.u8(FORMAT);
    out.varint(counter);
    out.varint(properties.n());
    out.varint(properties.timeoutMillis());
    out.varint(properties.creation());
    out.text(properties.r().toString());
    out.text(properties.w().toString());
    out.text(properties.pr().toString());
    out.text(properties.pw().toString());
    out.u8(properties.durability().ordinal());
    out.u8(properties.conflict().ordinal());
    return out.toBytes();
  }

  /**
   * Reads a register.
   *
   * @throws MalformedException if the bytes are not one of a known format
   */
  public static BucketRegister decode(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int format = in.u8("a field");
    if (format != FORMAT) {
      throw new MalformedException(
          "bucket properties of format " + format + "; this node reads format " + FORMAT);
    }
    long counter = in.varint("a number");
    try {
      int n = Math.toIntExact(in.varint("a number"));
      int timeoutMillis = Math.toIntExact(in.varint("a number"));
      long creation = in.varint("a number");
      BucketProperties properties =
          new BucketProperties(
              n,
              Quorum.parse(in.text("a quorum")),
              Quorum.parse(in.text("a quorum")),
              Quorum.parse(in.text("a quorum")),
              Quorum.parse(in.text("a quorum")),
              Durability.values()[in.u8("a field")],
              timeoutMillis,
              Conflict.values()[in.u8("a field")],
              creation);
      in.end("bucket properties");
      return new BucketRegister(counter, properties);
    } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new MalformedException("bucket properties: " + e.getMessage());
    }
  }

  /** Identifies this register of a bucket among all registers of all buckets; never 0. */
  long hash(String bucket) {
    byte[] name = bucket.getBytes(StandardCharsets.UTF_8);
    long hash =
        Hashing.murmur3_128()
            .newHasher()
            .putInt(name.length)
            .putBytes(name)
            .putBytes(encode())
            .hash()
            .asLong();
    return hash == 0 ? 1 : hash;
  }

  /** The winner of two statements. */
  static byte[] join(byte[] a, byte[] b) {
    long left = decode(a).counter();
    long right = decode(b).counter();
    if (left != right) {
      return left > right ? a : b;
    }
    return java.util.Arrays.compareUnsigned(a, b) >= 0 ? a : b;
  }
}
