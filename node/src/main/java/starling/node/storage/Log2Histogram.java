package starling.node.storage;

import java.util.ArrayList;
import java.util.List;

/** Counts values by their number of significant bits. */
final class Log2Histogram {
  private final long[] counts;
  private long sum;

  /** The last bucket takes all larger values too. */
  Log2Histogram(int buckets) {
    counts = new long[buckets];
  }

  void add(long value) {
    counts[Math.min(64 - Long.numberOfLeadingZeros(Math.max(0, value)), counts.length - 1)]++;
    sum += Math.max(0, value);
  }

  Log2Counts snapshot() {
    List<Long> snapshot = new ArrayList<>(counts.length);
    for (long count : counts) {
      snapshot.add(count);
    }
    return new Log2Counts(snapshot, sum);
  }
}
