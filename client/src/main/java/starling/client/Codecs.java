package starling.client;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The codecs of the client. JSON is bound by functions of the program, for example {@code
 * Codecs.json(mapper::writeValueAsBytes, bytes -> mapper.readValue(bytes, Cart.class))}: the client
 * itself uses no reflection, so that it needs no metadata in native images, and does not choose the
 * program's mapper.
 */
public final class Codecs {
  private static final Codec<byte[]> BYTES =
      new Codec<>() {
        @Override
        public Body encode(byte[] value) {
          return Body.of(value, Body.BYTES);
        }

        @Override
        public byte[] decode(Body body) {
          return body.bytes();
        }
      };

  private static final Codec<String> TEXT =
      new Codec<>() {
        @Override
        public Body encode(String value) throws CharacterCodingException {
          ByteBuffer utf8 =
              StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(value));
          byte[] bytes = new byte[utf8.remaining()];
          utf8.get(bytes);
          return Body.of(bytes, Body.TEXT);
        }

        @Override
        public String decode(Body body) throws Exception {
          if (body.isJson()) {
            String text = Json.stringOrNull(body.bytes());
            return text != null ? text : body.text();
          }
          return StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(body.bytes()))
              .toString();
        }
      };

  private Codecs() {}

  /** A function that may throw. */
  public interface Function<A, B> {
    B apply(A argument) throws Exception;
  }

  /** Bytes as they are, stored as {@code application/octet-stream}. Reads values of all types. */
  public static Codec<byte[]> bytes() {
    return BYTES;
  }

  /**
   * Text, stored as {@code text/plain; charset=utf-8}. Reads JSON strings too; of other JSON, its
   * text. A text with a lone surrogate cannot be encoded.
   */
  public static Codec<String> text() {
    return TEXT;
  }

  /**
   * JSON by a program's mapper.
   *
   * @param write makes one JSON value in UTF-8; anything else fails the call
   * @param read reads the text of one JSON value
   */
  public static <T> Codec<T> json(Function<T, byte[]> write, Function<byte[], T> read) {
    return new Codec<>() {
      @Override
      public Body encode(T value) throws Exception {
        byte[] text = write.apply(value);
        Json.requireOneValue(text);
        return Body.of(text, Body.JSON);
      }

      @Override
      public T decode(Body body) throws Exception {
        if (!body.isJson()) {
          throw new IllegalArgumentException("the value is no JSON, but " + body);
        }
        return read.apply(body.bytes());
      }
    };
  }
}
