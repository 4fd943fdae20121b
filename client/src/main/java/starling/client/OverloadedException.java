package starling.client;

import java.time.Duration;

/**
 * A bound was reached: of the client's requests in flight and waiting, or of a node. Send less, or
 * raise the bound.
 */
public final class OverloadedException extends StarlingException {
  private static final long serialVersionUID = 1;

  private final transient Duration retryAfter;

  OverloadedException(Failure failure, Duration retryAfter) {
    super(failure);
    this.retryAfter = retryAfter;
  }

  /** How long to wait before the next try; zero where nothing is known. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
