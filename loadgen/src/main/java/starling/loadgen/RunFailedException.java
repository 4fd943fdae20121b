package starling.loadgen;

import org.jspecify.annotations.Nullable;

/** A run failed for another reason than wrong arguments; its message is one line. */
final class RunFailedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RunFailedException(String message) {
    this(message, null);
  }

  RunFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
