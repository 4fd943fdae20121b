package starling.node.storage;

import java.io.IOException;

/**
 * The files are sound but belong to another release or another node; the message says which and
 * what to do.
 */
public final class StoreRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  public StoreRefusedException(String message) {
    super(message);
  }
}
