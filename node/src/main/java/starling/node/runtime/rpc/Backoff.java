package starling.node.runtime.rpc;

import java.util.function.LongUnaryOperator;

/**
 * When to try again after a failure: after a pause that doubles with each failure up to a bound,
 * half of it random, so that a thousand nodes do not connect to a returning node at the same
 * moment.
 */
final class Backoff {
  private final long leastNanos;
  private final long mostNanos;
  private final LongUnaryOperator jitter;
  private int failures;
  private long pauseNanos;
  private long failedNanos;

  /**
   * @param jitter a number from 0 to below its argument
   */
  Backoff(long leastNanos, long mostNanos, LongUnaryOperator jitter) {
    this.leastNanos = leastNanos;
    this.mostNanos = mostNanos;
    this.jitter = jitter;
  }

  void failed(long nowNanos) {
    long whole = Math.min(mostNanos, leastNanos << Math.min(failures, 16));
    failures++;
    failedNanos = nowNanos;
    pauseNanos = whole / 2 + jitter.applyAsLong(whole - whole / 2);
  }

  boolean over(long nowNanos) {
    return failures == 0 || nowNanos - failedNanos >= pauseNanos;
  }

  /** Whether the last try failed. */
  boolean failing() {
    return failures > 0;
  }
}
