package starling.node.storage.index;

/** A run's files are not what was written; the index must be made anew. */
public final class DamagedRunException extends Exception {
  private static final long serialVersionUID = 1;

  DamagedRunException(String message) {
    super(message);
  }
}
