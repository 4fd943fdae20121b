package starling.client;

import java.io.IOException;

/** Reads the bodies of answers that concern no single key. */
final class AnswerBody {
  private AnswerBody() {}

  /** Reads a body. */
  interface Reader<R> {
    R read(byte[] body) throws IOException;
  }

  /**
   * What a reader makes of an answer.
   *
   * @param what the answer is, for the message of a failure
   * @throws ProtocolException if it cannot be read
   */
  static <R> R read(String what, Answer answer, Attempts attempts, Reader<R> reader) {
    try {
      return reader.read(answer.body);
    } catch (IOException | IllegalArgumentException e) {
      throw new ProtocolException(
          new Failure(
              what + " cannot be read: " + e.getMessage(),
              "protocol",
              StarlingException.Outcome.NOTHING_WRITTEN,
              false,
              null,
              answer.requestId,
              attempts,
              e));
    }
  }
}
