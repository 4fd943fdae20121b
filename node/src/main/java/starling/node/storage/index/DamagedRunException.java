package starling.node.storage.index;

/** The files of a run are damaged; the index must be rebuilt. */
public final class DamagedRunException extends Exception {
  private static final long serialVersionUID = 1;

  DamagedRunException(String message) {
    super(message);
  }
}
