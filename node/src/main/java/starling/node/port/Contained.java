package starling.node.port;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Contains errors of callbacks: logs any {@link Throwable} of a task or a listener, so that it ends
 * its own operation and no other; the rest of a tick or a queue still runs. These methods never
 * throw.
 */
public final class Contained {
  private static final Logger log = LoggerFactory.getLogger(Contained.class);

  private Contained() {}

  /** Runs a task; returns whether it ended normally. */
  public static boolean run(String what, Runnable task) {
    try {
      task.run();
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("an error ended {}", what, e);
      return false;
    }
  }

  /** Calls a listener; returns whether it ended normally. */
  @SuppressWarnings("NullAway") // A listener of nullable values may receive null.
  public static <T extends @Nullable Object> boolean tell(
      String what, Consumer<T> listener, @Nullable T value) {
    try {
      listener.accept(value);
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("an error ended {}", what, e);
      return false;
    }
  }
}
