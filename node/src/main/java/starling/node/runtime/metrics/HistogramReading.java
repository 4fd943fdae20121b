package starling.node.runtime.metrics;

import starling.node.storage.Log2Counts;

/** A histogram at one moment: counts of each bucket alone, the last of which has no bound. */
record HistogramReading(double[] upperBounds, long[] counts, double sum) {
  /**
   * A histogram by powers of two, whose outer buckets are put together.
   *
   * @param leastBits values of fewer significant bits are counted with those of so many
   * @param mostBits values of more have no bound
   */
  static HistogramReading of(Log2Counts log2, double perUnit, int leastBits, int mostBits) {
    int bounds = mostBits - leastBits + 1;
    double[] upper = new double[bounds + 1];
    long[] counts = new long[bounds + 1];
    for (int i = 0; i < bounds; i++) {
      upper[i] = ((1L << (leastBits + i)) - 1) / perUnit;
    }
    upper[bounds] = Double.POSITIVE_INFINITY;
    for (int bits = 0; bits < log2.counts().size(); bits++) {
      counts[Math.min(Math.max(bits, leastBits) - leastBits, bounds)] += log2.counts().get(bits);
    }
    return new HistogramReading(upper, counts, log2.sum() / perUnit);
  }
}
