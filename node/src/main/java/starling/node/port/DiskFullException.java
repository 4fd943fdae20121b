package starling.node.port;

import java.io.IOException;

/**
 * There was no room for a write; any part of it may be there. Unlike any other error of a disk it
 * may pass, and what was written before is as sound as ever.
 */
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1;

  public DiskFullException(String message) {
    super(message);
  }

  public DiskFullException(String message, IOException cause) {
    super(message, cause);
  }
}
