package starling.client;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The failure of a call. It answers three questions: may the write have happened ({@link
 * #outcome}), may I retry ({@link #retryable}), and with which context ({@link #context}).
 */
public abstract sealed class StarlingException extends RuntimeException
    permits UnavailableException,
        TimedOutException,
        BehindException,
        ConditionFailedException,
        AlreadyExistsException,
        TooManySiblingsException,
        UnresolvedException,
        OverloadedException,
        DeniedException,
        InvalidRequestException,
        ClosedException,
        ProtocolException {
  private static final long serialVersionUID = 1;

  /** May the write have happened? */
  public enum Outcome {
    /** It did not; also the outcome of every failed read. */
    NOTHING_WRITTEN,
    /** It may be there now, or appear later. */
    MAY_BE_WRITTEN
  }

  private final transient Failure failure;

  StarlingException(Failure failure) {
    super(failure.message(), failure.cause());
    this.failure = failure;
  }

  /** Whether the write may have happened. */
  public Outcome outcome() {
    return failure.outcome();
  }

  /**
   * Whether the same call may succeed later and is safe to repeat: nothing was written, or the
   * program gave the write an idempotency key of its own and repeats it with that.
   */
  public boolean retryable() {
    return failure.retryable();
  }

  /** What the cluster says is stored, for a later write; present after a failed condition. */
  public Optional<Context> context() {
    return Optional.ofNullable(failure.context());
  }

  /** The id of the last request, as in the logs of all nodes that it reached. */
  public Optional<String> requestId() {
    return Optional.ofNullable(failure.requestId());
  }

  /** The kind of problem, such as {@code unavailable} or {@code too-many-siblings}. */
  public String kind() {
    return failure.kind();
  }

  /**
   * The HTTP status of the answer that ended the call; 0 where no answer did, because the request
   * was not sent, or no node answered it.
   */
  public int status() {
    return failure.status();
  }

  /** The title of the problem: the same for all problems of its kind. Empty without an answer. */
  public Optional<String> title() {
    return Optional.ofNullable(failure.title());
  }

  /** What happened, without the outcome and the attempts that {@link #getMessage} adds. */
  public String detail() {
    return failure.message();
  }

  /** The requests that were sent. */
  public Attempts attempts() {
    return failure.attempts();
  }

  /** All that it says, for an exception of another type. */
  Failure failure() {
    return failure;
  }

  /** What happened, then the outcome and the attempts where there were any. */
  @Override
  public @Nullable String getMessage() {
    return failure.attempts().list().isEmpty()
        ? super.getMessage()
        : super.getMessage()
            + (outcome() == Outcome.MAY_BE_WRITTEN ? " (the write may have happened)" : "")
            + " "
            + failure.attempts();
  }
}
