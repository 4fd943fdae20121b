package starling.merkle;

/**
 * The rules of a leaf row, each in one place. Not final: a test plants one bug by overriding one
 * rule.
 */
class RowRules {
  static final RowRules SOUND = new RowRules();

  /** The sums at half the depth: each is that of two neighbours. */
  void join(long[] sums, int[] counts, long[] joinedSums, int[] joinedCounts) {
    for (int i = 0; i < joinedSums.length; i++) {
      joinedSums[i] = sums[2 * i] + sums[2 * i + 1];
      joinedCounts[i] = counts[2 * i] + counts[2 * i + 1];
    }
  }

  /** Whether a change behind the reader of a scan is added to what the scan has. */
  boolean followsBehindScan() {
    return true;
  }

  /** Whether a range that changed while it was read is read again. */
  boolean readsAgain(boolean changed) {
    return changed;
  }
}
