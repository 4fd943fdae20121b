package starling.node.storage.index;

/**
 * A page of a run is no longer what was written: nothing that the run says can be trusted, and the
 * index must be made anew.
 */
public final class DamagedPageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DamagedPageException(String message) {
    super(message);
  }
}
