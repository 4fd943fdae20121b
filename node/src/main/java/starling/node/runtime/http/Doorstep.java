package starling.node.runtime.http;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Connections whose requests were refused at the door, and which are not read for a moment. A
 * refusal costs a quarter of what an answer does: whoever is refused and comes again at once would
 * take from the others what refusing was to save. Below {@link #FREELY_PER_SECOND} refusals nobody
 * waits; beyond, connections are read again in turn at that rate, and after a second at the latest,
 * which is what {@code Retry-After} asked for. What they send until then stays in their socket and
 * costs nothing.
 *
 * <p>On the event loop of its requests only.
 */
final class Doorstep {
  private static final long FREELY_PER_SECOND = 4_000;
  private static final long STEP_NANOS = 1_000_000_000 / FREELY_PER_SECOND;
  private static final long LONGEST_NANOS = 1_000_000_000;

  /** What comes back sooner than this is not made to wait: bursts are no harm. */
  private static final long UNFELT_NANOS = 5_000_000;

  private static final long LOOK_MILLIS = 2;

  private record Waiting(Watch watch, long untilNanos) {}

  private final Vertx vertx;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private long freeNanos;
  private boolean armed;

  Doorstep(Vertx vertx) {
    this.vertx = vertx;
    this.freeNanos = System.nanoTime();
  }

  /** A request on this connection was refused, now. */
  void refused(Watch watch) {
    long now = System.nanoTime();
    freeNanos = Math.max(now, freeNanos) + STEP_NANOS;
    if (freeNanos - now > UNFELT_NANOS && watch.rest()) {
      freeNanos = Math.min(freeNanos, now + LONGEST_NANOS);
      waiting.add(new Waiting(watch, freeNanos));
      arm();
    }
  }

  private void arm() {
    if (!armed) {
      armed = true;
      vertx.setTimer(LOOK_MILLIS, id -> look());
    }
  }

  private void look() {
    armed = false;
    long now = System.nanoTime();
    for (Waiting next = waiting.peek();
        next != null && next.untilNanos - now <= 0;
        next = waiting.peek()) {
      waiting.remove();
      next.watch.wake();
    }
    if (!waiting.isEmpty()) {
      arm();
    }
  }
}
