package starling.node.version;

/**
 * Bytes that came from a disk, a peer or a client are not what their format says. The message says
 * what is wrong; the receiver rejects the whole message, file or token.
 */
public final class MalformedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MalformedException(String message) {
    super(message);
  }
}
