package starling.node.port;

import java.io.IOException;

/**
 * A disk did not do an operation and may do it later: the process has no descriptor left, a
 * directory is busy, there is no room. Nothing has changed, and earlier writes are intact. Only the
 * operations that {@link Disk} names throw it; a write or an fsync that failed otherwise is never
 * transient.
 */
public class TransientDiskException extends IOException {
  private static final long serialVersionUID = 1;

  public TransientDiskException(String message) {
    super(message);
  }

  public TransientDiskException(String message, IOException cause) {
    super(message, cause);
  }
}
