package starling.client;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a call so far: whether it may have written, and what to say if it fails. Owned
 * by the client's thread.
 */
final class CallOutcome {
  /** Whether some request may have written and no answer to it excludes that. */
  private boolean unsure;

  private @Nullable Verdict last;
  private @Nullable String lastRequestId;

  boolean unsure() {
    return unsure;
  }

  /** What to fail with where no request is out. */
  @Nullable Verdict last() {
    return last;
  }

  StarlingException.Outcome value() {
    return unsure
        ? StarlingException.Outcome.MAY_BE_WRITTEN
        : StarlingException.Outcome.NOTHING_WRITTEN;
  }

  void onAnswer(Answer answer, Verdict verdict) {
    if (answer.requestId != null) {
      lastRequestId = answer.requestId;
    }
    unsure |= verdict.unsure();
    last = verdict;
  }

  /**
   * A request has no answer. What a node has said stays, unless this node says what is not HTTP.
   *
   * @param saysMore whether this is more than is known of requests without an answer
   */
  void onBroken(Verdict verdict, boolean garbage, boolean saysMore) {
    Verdict before = last;
    if (garbage || before == null || (before.problem() == null && saysMore)) {
      last = verdict;
    }
  }

  /** A request may have written. */
  void onUnsure() {
    unsure = true;
  }

  /** The failure that a verdict ends the call with. */
  Failure failure(CallSpec spec, Verdict verdict, Attempts attempts) {
    boolean harmless = !unsure || spec.ownKey();
    return new Failure(
        verdict.message(),
        verdict.kind(),
        value(),
        verdict.passes() && harmless,
        verdict.context(),
        lastRequestId == null ? spec.requestId() : lastRequestId,
        attempts,
        null,
        verdict.status(),
        verdict.title());
  }
}
