package starling.client;

/**
 * A node answered what no node should: is it a node, and of this version? Or a stored value that
 * the bucket's codec cannot decode.
 */
public final class ProtocolException extends StarlingException {
  private static final long serialVersionUID = 1;

  ProtocolException(Failure failure) {
    super(failure);
  }
}
