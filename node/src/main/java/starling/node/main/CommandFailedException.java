package starling.node.main;

/** A command failed for a reason that is no matter of usage; its message is one line. */
final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CommandFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
