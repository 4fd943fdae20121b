package starling.client;

/**
 * Values to bytes and back. Must be safe for use by several threads. {@code decode} runs on the
 * client's own thread and must not wait.
 *
 * @see Codecs
 */
public interface Codec<T> {
  /**
   * Encodes a value.
   *
   * @throws Exception if it cannot; the call then fails with {@link InvalidRequestException} and
   *     nothing is sent
   */
  Body encode(T value) throws Exception;

  /**
   * Decodes what is stored, which another program may have written.
   *
   * @throws Exception if it cannot; the call then fails with {@link ProtocolException}
   */
  T decode(Body body) throws Exception;

  /**
   * Values of another type by way of this codec's, for example a set of words as a text.
   *
   * @param write makes a value of this codec
   * @param read makes the value back
   */
  default <U> Codec<U> mapping(Codecs.Function<U, T> write, Codecs.Function<T, U> read) {
    Codec<T> inner = this;
    return new Codec<>() {
      @Override
      public Body encode(U value) throws Exception {
        return inner.encode(write.apply(value));
      }

      @Override
      public U decode(Body body) throws Exception {
        return read.apply(inner.decode(body));
      }
    };
  }
}
