package starling.client;

import org.jspecify.annotations.Nullable;

/**
 * What all failures say.
 *
 * @param kind the problem's kind as the API names it, or the client's own
 * @param retryable whether the same call may succeed later and is safe to repeat
 */
record Failure(
    String message,
    String kind,
    StarlingException.Outcome outcome,
    boolean retryable,
    @Nullable Context context,
    @Nullable String requestId,
    Attempts attempts,
    @Nullable Throwable cause) {

  /** A failure before anything was sent. */
  static Failure before(String kind, boolean retryable, String message, @Nullable Throwable cause) {
    return new Failure(
        message,
        kind,
        StarlingException.Outcome.NOTHING_WRITTEN,
        retryable,
        null,
        null,
        Attempts.NONE,
        cause);
  }
}
