package starling.node.runtime.http;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Connections whose requests were refused at the door, and which are not read for a moment. A
 * refusal costs a quarter of what an answer does: whoever is refused and comes again at once would
 * take from the others what refusing was to save. So refusals are paid for, by requests that are
 * answered and by time; while more are owed than a few, the connections that caused them rest, the
 * oldest being read again first, for {@link #LONGEST_NANOS} at most. What they send until then
 * stays in their socket and costs nothing.
 *
 * <p>On the event loop of its requests only.
 */
final class Doorstep {
  private static final double PAID_BY_ANSWER = 0.5;
  private static final double PAID_BY_SECOND = 250;

  /** Fewer refusals than this make nobody wait: bursts are no harm. */
  private static final int FREE = 32;

  private static final long LONGEST_NANOS = 250_000_000;
  private static final long LOOK_MILLIS = 5;

  private record Resting(Watch watch, long sinceNanos) {}

  private final Vertx vertx;
  private final Deque<Resting> resting = new ArrayDeque<>();
  private double owed;
  private long paidNanos;
  private boolean armed;

  Doorstep(Vertx vertx) {
    this.vertx = vertx;
    this.paidNanos = System.nanoTime();
  }

  /** A request was carried out. */
  void answered() {
    owed = Math.max(0, owed - PAID_BY_ANSWER);
  }

  /** A request on this connection was refused, now. */
  void refused(Watch watch) {
    long now = System.nanoTime();
    pay(now);
    owed++;
    if (owed > FREE && watch.rest()) {
      resting.add(new Resting(watch, now));
      arm();
    }
  }

  private void pay(long now) {
    owed = Math.max(0, owed - PAID_BY_SECOND * 1e-9 * (now - paidNanos));
    paidNanos = now;
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
    pay(now);
    for (Resting oldest = resting.peek();
        oldest != null && (resting.size() > owed || now - oldest.sinceNanos > LONGEST_NANOS);
        oldest = resting.peek()) {
      resting.remove();
      oldest.watch.wake();
    }
    // Those that were let go after the longest time have paid by waiting.
    owed = Math.min(owed, resting.size() + FREE);
    if (!resting.isEmpty()) {
      arm();
    }
  }
}
