package starling.node.port;

/**
 * Runs tasks later on the thread that owns the node's state. A task is never run inside {@link
 * #after}, and never after its cancellation returned.
 */
public interface Timers {
  /** Runs {@code task} once, no earlier than {@code delayNanos} from now. */
  Timer after(long delayNanos, Runnable task);

  /** A task that is waiting for its time. */
  interface Timer {
    /** Cancels the task; does nothing when it has run or was cancelled before. */
    void cancel();
  }
}
