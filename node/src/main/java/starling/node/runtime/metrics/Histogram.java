package starling.node.runtime.metrics;

/**
 * Counts values by upper bound. The event loop owns it: recording a value is a search among few
 * bounds and two additions, without an atomic and without an object.
 */
public final class Histogram {
  private final long[] bounds;
  private final long[] counts;
  private final double perUnit;
  private long sum;

  /**
   * @param perUnit how many of the recorded unit make one of the published unit
   * @param bounds the largest value that each bucket counts, ascending; larger values have a bucket
   *     of their own
   */
  Histogram(double perUnit, long... bounds) {
    this.perUnit = perUnit;
    this.bounds = bounds.clone();
    this.counts = new long[bounds.length + 1];
    for (int i = 1; i < bounds.length; i++) {
      if (bounds[i - 1] >= bounds[i]) {
        throw new IllegalArgumentException("the bounds of a histogram must ascend");
      }
    }
  }

  /** Counts one value. */
  public void record(long value) {
    int bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) {
      bucket++;
    }
    counts[bucket]++;
    sum += value;
  }

  /** What was counted so far. */
  HistogramReading read() {
    double[] upper = new double[counts.length];
    for (int i = 0; i < bounds.length; i++) {
      upper[i] = bounds[i] / perUnit;
    }
    upper[bounds.length] = Double.POSITIVE_INFINITY;
    return new HistogramReading(upper, counts.clone(), sum / perUnit);
  }
}
