package starling.node.runtime.http;

import starling.node.request.Rejection;
import starling.wire.ProblemKind;

/**
 * Ends the reading of a request that must be rejected. Never leaves this package: {@link HttpApi}
 * turns it into a problem document. Without a stack trace, because bad input must stay cheap.
 */
final class RequestRejected extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final int MAX_SHOWN = 64;

  private final transient Rejection refusal;

  RequestRejected(Rejection refusal) {
    super(refusal.detail(), null, false, false);
    this.refusal = refusal;
  }

  RequestRejected(ProblemKind kind, String detail) {
    this(Rejection.of(kind, detail));
  }

  RequestRejected(ProblemKind kind, String field, String detail) {
    this(Rejection.of(kind, field, detail));
  }

  Rejection refusal() {
    return refusal;
  }

  /** A feature of the API that this version does not have. */
  static RequestRejected notBuilt(String name) {
    return new RequestRejected(ProblemKind.NOT_BUILT, name, name + " is not built yet");
  }

  /** A name that a client sent, shortened where it is long. */
  static String shown(String name) {
    return name.length() > MAX_SHOWN ? name.substring(0, MAX_SHOWN) + "..." : name;
  }

  /** An unknown name: a misspelt one must not be ignored. */
  static RequestRejected unknown(ProblemKind kind, String what, String name) {
    String shown = shown(name);
    return new RequestRejected(kind, shown, "the " + what + " '" + shown + "' is not known here");
  }
}
