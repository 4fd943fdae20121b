package starling.node.storage;

/** How long to wait before the next try of what the disk could not do: doubles, up to a bound. */
final class RetryPause {
  private static final long MIN_NANOS = 50_000_000;
  private static final long MAX_NANOS = 1_600_000_000;

  private long nanos = MIN_NANOS;

  long next() {
    long pause = nanos;
    nanos = Math.min(MAX_NANOS, 2 * nanos);
    return pause;
  }

  /** It was done. */
  void reset() {
    nanos = MIN_NANOS;
  }
}
