package starling.client;

/** The client was closed before the call, or during it. */
public final class ClosedException extends StarlingException {
  private static final long serialVersionUID = 1;

  ClosedException(Failure failure) {
    super(failure);
  }

  static ClosedException before() {
    return new ClosedException(Failure.before("closed", false, "the client is closed", null));
  }
}
