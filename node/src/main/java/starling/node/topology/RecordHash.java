package starling.node.topology;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The SHA-256 of a record's bytes. Each record names the hash of the one before it. */
public final class RecordHash {
  static final int BYTES = 32;

  /** What record 1 names as its predecessor. */
  public static final RecordHash NONE = new RecordHash(new byte[BYTES]);

  private final byte[] bytes;

  private RecordHash(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The hash with these 32 bytes, which are copied. */
  public static RecordHash fromBytes(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a hash of " + bytes.length + " bytes");
    }
    return new RecordHash(bytes.clone());
  }

  static RecordHash of(byte[] record) {
    try {
      return new RecordHash(MessageDigest.getInstance("SHA-256").digest(record));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Its 32 bytes, copied. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RecordHash that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The first 16 hexadecimal digits, for logs. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes, 0, 8);
  }
}
