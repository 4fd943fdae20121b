package starling.node.storage.index;

/**
 * A page of a run is damaged: no entry of the run can be trusted, and the index must be rebuilt.
 */
public final class DamagedPageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DamagedPageException(String message) {
    super(message);
  }
}
