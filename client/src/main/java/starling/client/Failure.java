package starling.client;

import org.jspecify.annotations.Nullable;

/**
 * What all failures say.
 *
 * @param kind the problem's kind as the API names it, or the client's own
 * @param retryable whether the same call may succeed later and is safe to repeat
 * @param status the HTTP status of the answer that ended the call, or 0
 * @param title of the problem, as that answer has it
 */
record Failure(
    String message,
    String kind,
    StarlingException.Outcome outcome,
    boolean retryable,
    @Nullable Context context,
    @Nullable String requestId,
    Attempts attempts,
    @Nullable Throwable cause,
    int status,
    @Nullable String title) {

  /** A failure that no answer of a node ended in. */
  Failure(
      String message,
      String kind,
      StarlingException.Outcome outcome,
      boolean retryable,
      @Nullable Context context,
      @Nullable String requestId,
      Attempts attempts,
      @Nullable Throwable cause) {
    this(message, kind, outcome, retryable, context, requestId, attempts, cause, 0, null);
  }

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
