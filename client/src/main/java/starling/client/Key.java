package starling.client;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A key: 1 to 1024 bytes of UTF-8, whatever characters they are. {@code /}, {@code ..} and NUL are
 * ordinary characters of a key.
 */
public final class Key implements Comparable<Key> {
  /** The longest key, in bytes of UTF-8. */
  public static final int MAX_BYTES = 1024;

  private final String text;
  private final byte[] bytes;

  private Key(String text, byte[] bytes) {
    this.text = text;
    this.bytes = bytes;
  }

  /**
   * The key of a text.
   *
   * @throws InvalidRequestException if it is empty, longer than 1024 bytes, or has a lone surrogate
   */
  public static Key of(String text) {
    Objects.requireNonNull(text, "key");
    if (text.isEmpty()) {
      throw invalid("a key has at least one character");
    }
    if (text.length() > MAX_BYTES) {
      throw invalid(tooLong(text.length() + " characters"));
    }
    byte[] bytes;
    try {
      ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      bytes = new byte[utf8.remaining()];
      utf8.get(bytes);
    } catch (CharacterCodingException e) {
      throw invalid("a key is valid Unicode, but this one has half of a surrogate pair");
    }
    if (bytes.length > MAX_BYTES) {
      throw invalid(tooLong(bytes.length + " bytes"));
    }
    return new Key(text, bytes);
  }

  private static String tooLong(String length) {
    return "a key has at most " + MAX_BYTES + " bytes of UTF-8, but this one has " + length;
  }

  private static InvalidRequestException invalid(String message) {
    return InvalidRequestException.before("key", message);
  }

  /** The key as text. */
  public String text() {
    return text;
  }

  /** The key's own array: only for reading. */
  byte[] utf8() {
    return bytes;
  }

  @Override
  public int compareTo(Key other) {
    return text.compareTo(other.text);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
