package starling.node.runtime;

import io.vertx.core.Vertx;
import starling.node.port.Timers;

/** Timers of the event loop; their resolution is a millisecond, and they never fire early. */
public final class VertxTimers implements Timers {
  private final Vertx vertx;

  public VertxTimers(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public Timer after(long delayNanos, Runnable task) {
    long millis = Math.max(1, delayNanos / 1_000_000 + (delayNanos % 1_000_000 > 0 ? 1 : 0));
    long id = vertx.setTimer(millis, unused -> task.run());
    return () -> {
      boolean unused = vertx.cancelTimer(id);
    };
  }
}
