package starling.client;

/**
 * An estimate of the time in which 95 % of reads end, from one number: a slower read raises it by
 * 19 times what a faster one lowers it (Ma, Muthukrishnan, Sandler: Frugal Streaming for Estimating
 * Quantiles, 2014, with a step in proportion to the estimate). Not thread-safe.
 */
final class SlowReads {
  private static final double STEP = 0.02;
  private static final double QUANTILE = 0.95;
  private static final double MIN_NANOS = 100_000;

  private double nanos;

  SlowReads(long firstNanos) {
    nanos = firstNanos;
  }

  void add(long tookNanos) {
    double step = nanos * STEP;
    nanos += tookNanos > nanos ? step * QUANTILE : -step * (1 - QUANTILE);
    nanos = Math.max(MIN_NANOS, nanos);
  }

  long nanos() {
    return (long) nanos;
  }
}
