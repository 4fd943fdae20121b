package starling.node.runtime.http;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Throttles connections whose requests admission control rejected: they are not read for a moment.
 * A rejection costs a quarter of an answer: a client that retries at once would use up the capacity
 * that the rejection was to save. So rejections are a debt, which answered requests and time pay;
 * while the debt is more than a few, the connections that caused it are paused, for {@link
 * #LONGEST_NANOS} at most, and the oldest is read again first. Bytes that they send until then stay
 * in their socket.
 *
 * <p>On the event loop of its requests only.
 */
final class RejectionThrottle {
  private static final double PAID_BY_ANSWER = 0.5;
  private static final double PAID_BY_SECOND = 250;

  /** Fewer rejections than this pause no connection: bursts are harmless. */
  private static final int FREE = 32;

  private static final long LONGEST_NANOS = 250_000_000;
  private static final long LOOK_MILLIS = 5;

  private record Resting(ConnectionTimeouts watch, long sinceNanos) {}

  private final Vertx vertx;
  private final Deque<Resting> resting = new ArrayDeque<>();
  private double owed;
  private long paidNanos;
  private boolean armed;

  RejectionThrottle(Vertx vertx) {
    this.vertx = vertx;
    this.paidNanos = System.nanoTime();
  }

  /** A request was executed. */
  void answered() {
    owed = Math.max(0, owed - PAID_BY_ANSWER);
  }

  /** Admission control has just rejected a request on this connection. */
  void refused(ConnectionTimeouts watch) {
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
    // Connections that waited the longest time have paid.
    owed = Math.min(owed, resting.size() + FREE);
    if (!resting.isEmpty()) {
      arm();
    }
  }
}
