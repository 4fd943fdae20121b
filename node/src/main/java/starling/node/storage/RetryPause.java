package starling.node.storage;

/** The pause before the next attempt of a disk operation that failed: doubles, up to a bound. */
final class RetryPause {
  private static final long MIN_NANOS = 50_000_000;
  private static final long MAX_NANOS = 1_600_000_000;

  private long nanos = MIN_NANOS;

  long next() {
    long pause = nanos;
    nanos = Math.min(MAX_NANOS, 2 * nanos);
    return pause;
  }

  /** The operation succeeded. */
  void reset() {
    nanos = MIN_NANOS;
  }
}
