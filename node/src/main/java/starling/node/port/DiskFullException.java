package starling.node.port;

import java.io.IOException;

/** There was no room for a write, of which any part may be there, or for a name. */
public final class DiskFullException extends TransientDiskException {
  private static final long serialVersionUID = 1;

  public DiskFullException(String message) {
    super(message);
  }

  public DiskFullException(String message, IOException cause) {
    super(message, cause);
  }
}
