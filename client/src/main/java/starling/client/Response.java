package starling.client;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The answer to a {@link Request}, as the node gave it. A status from 400 on is no response but a
 * {@link StarlingException}.
 */
public final class Response {
  private final Answer answer;
  private final Attempts attempts;

  Response(Answer answer, Attempts attempts) {
    this.answer = answer;
    this.attempts = attempts;
  }

  /** The HTTP status: 200 to 299, or 300 for siblings. */
  public int status() {
    return answer.status;
  }

  /** The media type; empty where there is no body. */
  public Optional<String> contentType() {
    return Optional.ofNullable(answer.contentType);
  }

  /** The bytes of the body. They are not copied; do not change them. */
  public byte[] bytes() {
    return answer.body;
  }

  /** The body as UTF-8. */
  public String text() {
    return new String(answer.body, StandardCharsets.UTF_8);
  }

  /** What the answer shows or the write made of the key, if it concerns one. */
  public Optional<Context> context() {
    return Optional.ofNullable(Readings.context(answer));
  }

  /** The name of what is stored, if the answer has it. */
  public Optional<Etag> etag() {
    return Optional.ofNullable(Readings.etag(answer));
  }

  /** The requests that were sent. */
  public Attempts attempts() {
    return attempts;
  }

  @Override
  public String toString() {
    return "status " + answer.status + ": " + attempts;
  }
}
