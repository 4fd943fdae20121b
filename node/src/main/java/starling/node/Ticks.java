package starling.node;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import starling.node.port.Clock;
import starling.node.port.Contained;
import starling.node.port.Timers;

/**
 * The periodic work of a node: all parts every 50 ms, in the order in which they were added. An
 * error in one part ends neither the others nor the ticks.
 */
final class Ticks {
  private static final long PERIOD_NANOS = 50_000_000;

  private record Part(String what, LongConsumer task) {}

  private final Timers timers;
  private final Clock clock;
  private final BooleanSupplier stopped;
  private final List<Part> parts = new ArrayList<>();

  Ticks(Timers timers, Clock clock, BooleanSupplier stopped) {
    this.timers = timers;
    this.clock = clock;
    this.stopped = stopped;
  }

  /**
   * Adds a part.
   *
   * @param what names it in the log
   * @param task gets the monotonic time of the tick
   */
  void add(String what, LongConsumer task) {
    parts.add(new Part(what, task));
  }

  void start() {
    var unused = timers.after(PERIOD_NANOS, this::tick);
  }

  private void tick() {
    if (stopped.getAsBoolean()) {
      return;
    }
    start();
    long nowNanos = clock.nanoTime();
    for (Part part : parts) {
      var unused = Contained.run(part.what, () -> part.task.accept(nowNanos));
    }
  }
}
