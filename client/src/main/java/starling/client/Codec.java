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
}
