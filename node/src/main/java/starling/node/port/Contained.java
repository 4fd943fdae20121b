package starling.node.port;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Contains errors of callbacks: logs any {@link Throwable} of a task or a listener, so that it ends
 * its own operation and no other. Neither a tick nor a queue loses what comes after. What runs here
 * never throws.
 */
public final class Contained {
  private static final Logger log = LoggerFactory.getLogger(Contained.class);

  private Contained() {}

  /** Runs a task; says whether it came to its end. */
  public static boolean run(String what, Runnable task) {
    try {
      task.run();
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("{} was ended by an error", what, e);
      return false;
    }
  }

  /** Tells a listener; says whether it came to its end. */
  @SuppressWarnings("NullAway") // A listener of nullable values is told null.
  public static <T extends @Nullable Object> boolean tell(
      String what, Consumer<T> listener, @Nullable T value) {
    try {
      listener.accept(value);
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("{} was ended by an error", what, e);
      return false;
    }
  }
}
