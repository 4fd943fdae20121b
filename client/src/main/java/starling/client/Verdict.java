package starling.client;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/**
 * What one answer means for its call. Pure: statuses and problem kinds of the API in, a decision
 * out. A kind that this client does not know is judged by its status.
 *
 * @param next what follows
 * @param failure which exception the call ends with, if it ends with this answer
 * @param kind of the problem, as the API names it
 * @param unsure whether the write of this request may have happened
 * @param waitMillis how long the node asks to wait
 * @param status of the answer; 0 where there is none
 */
record Verdict(
    Next next,
    Type failure,
    String kind,
    String message,
    boolean unsure,
    long waitMillis,
    int status,
    @Nullable Problem problem) {

  /** What follows an answer. */
  enum Next {
    /** The call has succeeded. */
    DONE,
    /** Another request cannot change it. */
    FAIL,
    /** This node cannot do it now; another may. */
    OTHER_NODE,
    /** The cluster cannot do it now; it may later. */
    LATER,
    /** No replica can remember one more write to this key; one without a key needs no memory. */
    WITHOUT_KEY
  }

  /** The exceptions that an answer can end in. */
  enum Type {
    NONE,
    UNAVAILABLE,
    TIMED_OUT,
    BEHIND,
    CONDITION,
    EXISTS,
    SIBLINGS,
    OVERLOADED,
    DENIED,
    INVALID,
    PROTOCOL
  }

  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int NO_CONTENT = 204;
  private static final int MULTIPLE = 300;
  private static final int SERVER_ERROR = 500;
  private static final int CLIENT_ERROR = 400;
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY = 429;
  private static final int NOT_BUILT = 501;
  private static final int GATEWAY_TIMEOUT = 504;

  private static final Verdict DONE = new Verdict(Next.DONE, Type.NONE, "", "", false, 0, 0, null);

  static Verdict of(CallSpec spec, Answer answer) {
    return of(spec.operation(), spec.write(), answer);
  }

  static Verdict of(Operation operation, boolean write, Answer answer) {
    int status = answer.status;
    if (succeeded(operation, status)) {
      return DONE;
    }
    if (status < CLIENT_ERROR) {
      return ClientVerdict.garbage(write, "a node answered with the status " + status, status);
    }
    Problem problem;
    try {
      problem = Problem.read(answer.body);
    } catch (IOException e) {
      return status >= SERVER_ERROR || status == REQUEST_TIMEOUT || status == TOO_MANY
          ? undocumented(write, status)
          : ClientVerdict.garbage(
              write, "a node answered with the status " + status + " and no explanation", status);
    }
    if (problem.kind.equals(ProblemKind.NOT_FOUND.slug()) && operation == Operation.GET) {
      return DONE;
    }
    return judged(write, answer, problem);
  }

  private static boolean succeeded(Operation operation, int status) {
    return switch (operation) {
      case GET -> status == OK || status == MULTIPLE;
      case PUT -> status == CREATED;
      case DELETE -> status == NO_CONTENT;
      case LIST, BATCH, CLUSTER -> status == OK;
      case REQUEST -> status <= MULTIPLE;
    };
  }

  /** Of a proxy, perhaps. */
  private static Verdict undocumented(boolean write, int status) {
    String message = "a node answered with the status " + status + " and no explanation";
    return new Verdict(
        Next.OTHER_NODE, Type.UNAVAILABLE, "status-" + status, message, write, 0, status, null);
  }

  private static Verdict judged(boolean write, Answer answer, Problem problem) {
    // Headers and body say the same; a node may send either.
    problem.context = problem.context == null ? answer.context : problem.context;
    problem.etag = problem.etag == null ? answer.etag : problem.etag;
    ProblemKind kind = kind(problem.kind);
    Type type = kind == null ? byStatus(answer.status) : type(kind);
    Next next = next(type, kind, problem);
    boolean unsure =
        write
            && (problem.unknownOutcome
                || kind == ProblemKind.STILL_RUNNING
                || (answer.status >= SERVER_ERROR
                    && answer.status != NOT_BUILT
                    && !problem.noOutcome));
    String message = problem.detail == null ? problem.kind : problem.detail;
    long waitMillis = Duration.ofSeconds(answer.retryAfter).toMillis();
    return new Verdict(
        next, type, problem.kind, message, unsure, waitMillis, answer.status, problem);
  }

  private static @Nullable ProblemKind kind(String slug) {
    for (ProblemKind kind : ProblemKind.values()) {
      if (kind.slug().equals(slug)) {
        return kind;
      }
    }
    return null;
  }

  private static Type type(ProblemKind kind) {
    return switch (kind) {
      case UNAUTHORIZED, FORBIDDEN -> Type.DENIED;
      case ALREADY_EXISTS -> Type.EXISTS;
      case TOO_MANY_SIBLINGS -> Type.SIBLINGS;
      case PRECONDITION_FAILED -> Type.CONDITION;
      case BEHIND -> Type.BEHIND;
      case TOO_MANY_REQUESTS, OVERLOADED -> Type.OVERLOADED;
      case STILL_RUNNING -> Type.UNAVAILABLE;
      default -> byStatus(kind.status());
    };
  }

  private static Type byStatus(int status) {
    if (status == TOO_MANY) {
      return Type.OVERLOADED;
    }
    if (status == GATEWAY_TIMEOUT || status == REQUEST_TIMEOUT) {
      return Type.TIMED_OUT;
    }
    return status < SERVER_ERROR || status == NOT_BUILT ? Type.INVALID : Type.UNAVAILABLE;
  }

  private static Next next(Type type, @Nullable ProblemKind kind, Problem problem) {
    return switch (type) {
      case BEHIND -> problem.lost ? Next.FAIL : Next.LATER;
      case OVERLOADED ->
          HeaderNames.IDEMPOTENCY_KEY.equalsIgnoreCase(problem.field)
              ? Next.WITHOUT_KEY
              : Next.OTHER_NODE;
      case TIMED_OUT -> kind == ProblemKind.REQUEST_TIMEOUT ? Next.OTHER_NODE : Next.LATER;
      case UNAVAILABLE ->
          kind == ProblemKind.UNAVAILABLE || kind == ProblemKind.STILL_RUNNING
              ? Next.LATER
              : Next.OTHER_NODE;
      default -> Next.FAIL;
    };
  }

  /** What the answer says is stored. */
  @Nullable Context context() {
    String text = problem == null ? null : problem.context;
    try {
      return text == null ? null : new Context(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** The title of the problem, if it has one. */
  @Nullable String title() {
    return problem == null ? null : problem.title;
  }

  /** Whether the same call may succeed later. */
  boolean passes() {
    return next != Next.FAIL && failure != Type.PROTOCOL;
  }

  /** The exception, if the call ends with this answer. */
  StarlingException exception(Failure failure) {
    Problem said = problem;
    return switch (this.failure) {
      case NONE, UNAVAILABLE ->
          said == null
              ? new UnavailableException(failure, 0, 0, List.of())
              : new UnavailableException(failure, said.required, said.alive, said.acknowledged);
      case TIMED_OUT -> new TimedOutException(failure);
      case BEHIND -> new BehindException(failure, said != null && said.lost);
      case CONDITION -> new ConditionFailedException(failure, etag(said));
      case EXISTS -> new AlreadyExistsException(failure);
      case SIBLINGS -> new TooManySiblingsException(failure);
      case OVERLOADED -> new OverloadedException(failure, Duration.ofMillis(waitMillis));
      case DENIED -> new DeniedException(failure);
      case INVALID -> new InvalidRequestException(failure, said == null ? null : said.field);
      case PROTOCOL -> new ProtocolException(failure);
    };
  }

  private static @Nullable Etag etag(@Nullable Problem said) {
    String text = said == null ? null : said.etag;
    try {
      return text == null ? null : new Etag(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
