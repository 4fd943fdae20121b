package starling.node.storage;

import java.io.IOException;

/** The files are sound but not for this program or this node; the message says which and why. */
public final class StoreRefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  public StoreRefusedException(String message) {
    super(message);
  }
}
