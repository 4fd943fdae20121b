package starling.node.storage;

import java.util.List;

/**
 * How many values there were, by their size.
 *
 * @param counts element {@code i} counts values of {@code i} significant bits: 0, 1, 2–3, 4–7, and
 *     so on; the last one all larger ones too
 * @param sum of all values
 */
public record Log2Counts(List<Long> counts, long sum) {
  public Log2Counts {
    counts = List.copyOf(counts);
  }
}
