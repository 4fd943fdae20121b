package starling.client;

/** The deadline passed, at the client or at the node. */
public final class TimedOutException extends StarlingException {
  private static final long serialVersionUID = 1;

  TimedOutException(Failure failure) {
    super(failure);
  }
}
