package starling.node.version;

import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one version holds: a JSON text, bytes with their content type, or a tombstone; and when it
 * expires. Immutable by agreement: the value's array is neither copied in nor out on the hot path,
 * so whoever makes a content gives the array away, and whoever calls {@link #bytes()} only reads
 * it. What leaves the node goes through {@link #view()}, which cannot be written to.
 *
 * <p>The checksum covers kind, content type and value and is computed once, where the content is
 * made; decoding verifies it, so that it guards a value from the coordinator to the last disk.
 */
public final class Content implements Comparable<Content> {
  /** What the bytes are. Codes stand in formats and never change their meaning. */
  public enum Kind {
    JSON(1),
    BYTES(2),
    TOMBSTONE(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Kind ofCode(int code) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw new MalformedException("a version of the unknown kind " + code);
    }
  }

  /** {@link #expiresAtMillis()} of what never expires. */
  public static final long NEVER = 0;

  private static final byte[] NOTHING = new byte[0];
  private static final Content TOMBSTONE = new Content(Kind.TOMBSTONE, NOTHING, null, NEVER);

  private final Kind kind;
  private final byte[] value;
  private final @Nullable String contentType;
  private final long expiresAtMillis;
  private final long checksum;

  private Content(Kind kind, byte[] value, @Nullable String contentType, long expiresAtMillis) {
    this.kind = kind;
    this.value = value;
    this.contentType = contentType;
    this.expiresAtMillis = expiresAtMillis;
    this.checksum = checksumOf(kind, value, contentType);
  }

  static Content of(Kind kind, byte[] value, @Nullable String contentType, long expiresAtMillis) {
    if (expiresAtMillis < 0) {
      throw new IllegalArgumentException("expires at " + expiresAtMillis);
    }
    return new Content(kind, value, contentType, expiresAtMillis);
  }

  /** A JSON text in UTF-8, as it was written; the array is given away. */
  public static Content json(byte[] text) {
    return json(text, NEVER);
  }

  public static Content json(byte[] text, long expiresAtMillis) {
    return of(Kind.JSON, text, null, expiresAtMillis);
  }

  /** Raw bytes with the content type they came with, if any; the array is given away. */
  public static Content bytes(byte[] value, @Nullable String contentType, long expiresAtMillis) {
    return of(Kind.BYTES, value, contentType, expiresAtMillis);
  }

  /** A delete: a version like any other, never shown as a value. */
  public static Content tombstone() {
    return TOMBSTONE;
  }

  public Kind kind() {
    return kind;
  }

  public boolean isTombstone() {
    return kind == Kind.TOMBSTONE;
  }

  /** The value itself, not a copy: only for reading. */
  public byte[] bytes() {
    return value;
  }

  /** The value, safe to hand out. */
  public ByteBuffer view() {
    return ByteBuffer.wrap(value).asReadOnlyBuffer();
  }

  public int valueBytes() {
    return value.length;
  }

  /** Null where none was given, and for everything but bytes. */
  public @Nullable String contentType() {
    return contentType;
  }

  /** Wall clock milliseconds since 1970; {@link #NEVER} for none. */
  public long expiresAtMillis() {
    return expiresAtMillis;
  }

  public long checksum() {
    return checksum;
  }

  private static long checksumOf(Kind kind, byte[] value, @Nullable String contentType) {
    long sum = Hashing.farmHashFingerprint64().hashBytes(value).asLong();
    if (contentType != null) {
      byte[] type = contentType.getBytes(StandardCharsets.UTF_8);
      sum = mix(sum + Hashing.farmHashFingerprint64().hashBytes(type).asLong());
    }
    return mix(sum + kind.code());
  }

  /** A bijection that spreads every bit over all. */
  private static long mix(long bits) {
    long b = (bits ^ (bits >>> 32)) * 0x9E3779B97F4A7C15L;
    b = (b ^ (b >>> 29)) * 0xD6E8FEB86659FD93L;
    return b ^ (b >>> 32);
  }

  /**
   * Unsigned by checksum, then by all the rest: where two contents claim one dot, every replica
   * keeps the same one.
   */
  @Override
  public int compareTo(Content other) {
    if (this == other) {
      return 0;
    }
    int c = Long.compareUnsigned(checksum, other.checksum);
    c = c != 0 ? c : Long.compare(expiresAtMillis, other.expiresAtMillis);
    c = c != 0 ? c : Integer.compare(kind.code(), other.kind.code());
    c = c != 0 ? c : text(contentType).compareTo(text(other.contentType));
    return c != 0 ? c : Arrays.compareUnsigned(value, other.value);
  }

  /** Null and the empty type are told apart. */
  private static String text(@Nullable String contentType) {
    return contentType == null ? "" : ":" + contentType;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Content content
        && checksum == content.checksum
        && expiresAtMillis == content.expiresAtMillis
        && kind == content.kind
        && Objects.equals(contentType, content.contentType)
        && Arrays.equals(value, content.value);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(checksum);
  }

  /** Never shows the value: logs are not the place for users' data. */
  @Override
  public String toString() {
    return kind
        + "("
        + value.length
        + " bytes, "
        + Long.toHexString(checksum)
        + (expiresAtMillis == NEVER ? "" : ", expires " + expiresAtMillis)
        + ")";
  }
}
