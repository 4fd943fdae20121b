package starling.node.version;

import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The content of one version: a JSON text, bytes with their content type, or a tombstone; and its
 * expiry. Immutable by convention: the value's array is neither copied in nor out on the hot path,
 * so a maker gives the array away, and a caller of {@link #bytes()} only reads it. Values leave the
 * node through {@link #view()}, which is read-only. A decoded value is a part of the array that it
 * was decoded from: a set of large values is in memory once.
 *
 * <p>The checksum covers kind, content type and value and is computed once, where the content is
 * made; decoding verifies it, so that it guards a value from the coordinator to the last disk.
 */
public final class Content implements Comparable<Content> {
  /** The kind of the bytes. Formats contain the codes, so their meaning never changes. */
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

  /** {@link #expiresAtMillis()} of a content that never expires. */
  public static final long NEVER = 0;

  private static final byte[] NOTHING = new byte[0];
  private static final Content TOMBSTONE = new Content(Kind.TOMBSTONE, NOTHING, null, NEVER);

  private final Kind kind;
  private final byte[] array;
  private final int offset;
  private final int length;
  private final @Nullable String contentType;
  private final long expiresAtMillis;
  private final long checksum;

  private Content(Kind kind, byte[] value, @Nullable String contentType, long expiresAtMillis) {
    this(
        kind,
        value,
        0,
        value.length,
        contentType,
        expiresAtMillis,
        checksumOf(kind, value, 0, value.length, contentType));
  }

  private Content(
      Kind kind,
      byte[] array,
      int offset,
      int length,
      @Nullable String contentType,
      long expiresAtMillis,
      long checksum) {
    if (expiresAtMillis < 0) {
      throw new IllegalArgumentException("expires at " + expiresAtMillis);
    }
    this.kind = kind;
    this.array = array;
    this.offset = offset;
    this.length = length;
    this.contentType = contentType;
    this.expiresAtMillis = expiresAtMillis;
    this.checksum = checksum;
  }

  static Content of(Kind kind, byte[] value, @Nullable String contentType, long expiresAtMillis) {
    return new Content(kind, value, contentType, expiresAtMillis);
  }

  /**
   * A value that is a part of an array.
   *
   * @param checksum as it was computed where the content was made
   */
  static Content within(
      Kind kind,
      ByteBuffer part,
      @Nullable String contentType,
      long expiresAtMillis,
      long checksum) {
    return new Content(
        kind,
        part.array(),
        part.arrayOffset() + part.position(),
        part.remaining(),
        contentType,
        expiresAtMillis,
        checksum);
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

  /** A delete: a version like any other, but never a value of an answer. */
  public static Content tombstone() {
    return TOMBSTONE;
  }

  public Kind kind() {
    return kind;
  }

  public boolean isTombstone() {
    return kind == Kind.TOMBSTONE;
  }

  /** The value, only for reading: a copy where it is a part of a longer array. */
  public byte[] bytes() {
    return offset == 0 && length == array.length
        ? array
        : Arrays.copyOfRange(array, offset, offset + length);
  }

  /** The value, safe to hand out. */
  public ByteBuffer view() {
    return ByteBuffer.wrap(array, offset, length).slice().asReadOnlyBuffer();
  }

  /** Appends the value with its length in front, as {@link BinaryWriter#bytes} does. */
  public void writeTo(BinaryWriter out) {
    out.varint(length).raw(array, offset, length);
  }

  /** Whether the value still matches its checksum. */
  boolean sound() {
    return checksumOf(kind, array, offset, length, contentType) == checksum;
  }

  public int valueBytes() {
    return length;
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

  private static long checksumOf(
      Kind kind, byte[] array, int offset, int length, @Nullable String contentType) {
    long sum = Hashing.farmHashFingerprint64().hashBytes(array, offset, length).asLong();
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
    return c != 0
        ? c
        : Arrays.compareUnsigned(
            array, offset, offset + length, other.array, other.offset, other.offset + other.length);
  }

  /** Distinguishes null from the empty type. */
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
        && Arrays.equals(
            array,
            offset,
            offset + length,
            content.array,
            content.offset,
            content.offset + content.length);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(checksum);
  }

  /** Without the value: users' data must not be in logs. */
  @Override
  public String toString() {
    return kind
        + "("
        + length
        + " bytes, "
        + Long.toHexString(checksum)
        + (expiresAtMillis == NEVER ? "" : ", expires " + expiresAtMillis)
        + ")";
  }
}
