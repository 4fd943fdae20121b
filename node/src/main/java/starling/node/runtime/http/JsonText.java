package starling.node.runtime.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Builds one JSON object as bytes. It replaces a JSON generator because a stored JSON value is
 * copied as the bytes it was written with: digits, field order and spaces stay, and no step between
 * the log and the socket decodes it. Commas are set here; balance is the caller's duty.
 */
final class JsonText {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** Divisible by three, so that only the last piece has padding. */
  private static final int PIECE_BYTES = 48 << 10;

  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private byte[] bytes;
  private int length;
  private boolean comma;

  JsonText(int expectedBytes) {
    bytes = new byte[expectedBytes + 64];
  }

  JsonText() {
    this(256);
  }

  JsonText openObject() {
    return open('{');
  }

  JsonText closeObject() {
    return close('}');
  }

  JsonText openArray() {
    return open('[');
  }

  JsonText closeArray() {
    return close(']');
  }

  /** The name of the next value. */
  JsonText name(String name) {
    separate();
    quote(name);
    put(':');
    comma = false;
    return this;
  }

  JsonText field(String name, @Nullable String value) {
    return name(name).value(value);
  }

  JsonText field(String name, long value) {
    return name(name).value(value);
  }

  JsonText field(String name, boolean value) {
    return name(name).raw(value ? "true" : "false");
  }

  JsonText value(@Nullable String value) {
    if (value == null) {
      return raw("null");
    }
    separate();
    quote(value);
    comma = true;
    return this;
  }

  JsonText value(long value) {
    return raw(Long.toString(value));
  }

  /** A whole JSON value in ASCII. */
  JsonText raw(String json) {
    return raw(json.getBytes(StandardCharsets.US_ASCII));
  }

  /** A whole JSON value in UTF-8. */
  JsonText raw(byte[] json) {
    separate();
    append(json);
    comma = true;
    return this;
  }

  /** The same. */
  JsonText raw(ByteBuffer json) {
    separate();
    room(json.remaining());
    int more = json.remaining();
    json.get(bytes, length, more);
    length += more;
    comma = true;
    return this;
  }

  /** A string of bytes in base64; a long one is encoded in pieces, not as a whole beside this. */
  JsonText base64(ByteBuffer value) {
    separate();
    room(value.remaining() / 3 * 4 + 6);
    put('"');
    byte[] piece = new byte[Math.min(value.remaining(), PIECE_BYTES)];
    while (value.hasRemaining()) {
      int more = Math.min(value.remaining(), piece.length);
      byte[] next = more == piece.length ? piece : new byte[more];
      value.get(next);
      append(Base64.getEncoder().encode(next));
    }
    put('"');
    comma = true;
    return this;
  }

  byte[] toBytes() {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  private JsonText open(char c) {
    separate();
    put(c);
    comma = false;
    return this;
  }

  private JsonText close(char c) {
    put(c);
    comma = true;
    return this;
  }

  private void separate() {
    if (comma) {
      put(',');
    }
  }

  private void quote(String text) {
    put('"');
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b == '"' || b == '\\') {
        put('\\');
        put((char) b);
      } else if (b >= 0 && b < 0x20) {
        append(new byte[] {'\\', 'u', '0', '0', HEX[b >> 4], HEX[b & 15]});
      } else {
        room(1);
        bytes[length++] = b;
      }
    }
    put('"');
  }

  private void put(char ascii) {
    room(1);
    bytes[length++] = (byte) ascii;
  }

  private void append(byte[] more) {
    room(more.length);
    System.arraycopy(more, 0, bytes, length, more.length);
    length += more.length;
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes =
          Arrays.copyOf(
              bytes, Math.max((int) Math.min(MAX_BYTES, 2L * bytes.length), length + more));
    }
  }
}
