package starling.merkle;

/**
 * Reads all elements of a partition into the leaves of a row, range by range, to build it, to split
 * its leaves or to check it. The caller reads the range from {@link #first} to {@link #last}, gives
 * each element to {@link #add}, and calls {@link #endRange}, until {@link #done}.
 *
 * <p>Changes may go on meanwhile, through the row. Those behind the scan are added to its leaves,
 * those ahead will be read. A range that changed between its first read and its end is read again,
 * half as large, since what was read may be from before or after the change. Leaves that did not
 * change and differ from the row's are counted as corrected.
 */
public final class RowScan {
  private static final int RANGE_LEAVES = 64;

  private final LeafRow row;
  private final int depth;
  private final RowRules rules;
  private final long[] sums;
  private final int[] counts;

  /** How many leaves of the scan make one of the row; 0 while the row has none. */
  private final int perLeaf;

  private int width = RANGE_LEAVES;
  private int begin;
  private boolean changed;
  private boolean done;

  RowScan(LeafRow row, int depth, RowRules rules) {
    this.row = row;
    this.depth = depth;
    this.rules = rules;
    sums = new long[1 << depth];
    counts = new int[1 << depth];
    perLeaf = row.built() ? 1 << (depth - row.depth()) : 0;
  }

  /** Whether the whole partition was read, or another scan was begun since. */
  public boolean done() {
    return done || !row.isCurrent(this);
  }

  /** The first position of the range to read. */
  public long first() {
    return row.first(depth, begin);
  }

  /** The last position of the range to read. */
  public long last() {
    return row.last(depth, end() - 1);
  }

  private int end() {
    return Math.min(begin + width, sums.length);
  }

  /**
   * Takes an element of the range.
   *
   * @throws IllegalArgumentException if its position lies outside of the range
   */
  public void add(long position, long versionHash) {
    row.require(position);
    int leaf = row.leaf(position, depth);
    if (leaf < begin || leaf >= end()) {
      throw new IllegalArgumentException(
          String.format(
              "position %016x lies outside of the range %016x to %016x",
              position, first(), last()));
    }
    sums[leaf] += row.digest(position, versionHash);
    counts[leaf]++;
  }

  /**
   * Ends a range of which all elements were added.
   *
   * @return false if it changed meanwhile: then a smaller one from the same position comes next
   */
  public boolean endRange() {
    if (done()) {
      return true;
    }
    if (rules.readsAgain(changed)) {
      for (int leaf = begin; leaf < end(); leaf++) {
        sums[leaf] = 0;
        counts[leaf] = 0;
      }
      width = Math.max(1, width / 2);
      changed = false;
      return false;
    }
    changed = false;
    correct();
    begin = end();
    width = RANGE_LEAVES;
    if (begin == sums.length) {
      done = true;
      row.end(sums, counts, depth, true);
    }
    return true;
  }

  /** Compares the leaves of the row that end within this range. */
  private void correct() {
    if (perLeaf == 0) {
      return;
    }
    NodeSum held = new NodeSum();
    for (int leaf = begin / perLeaf; (leaf + 1) * perLeaf <= end(); leaf++) {
      held.clear();
      row.addTo(held, row.depth(), leaf);
      for (int i = leaf * perLeaf; i < (leaf + 1) * perLeaf; i++) {
        held.add(-sums[i], -counts[i]);
      }
      if (held.sum != 0 || held.count != 0) {
        row.corrected();
      }
    }
  }

  /** Gives the scan up; the row stays as it is. */
  public void cancel() {
    if (!done()) {
      done = true;
      row.endScan();
    }
  }

  /** A change of the row while the scan runs. */
  void changed(long position, long digest, int count) {
    int leaf = row.leaf(position, depth);
    if (leaf >= end()) {
      return;
    }
    if (leaf >= begin) {
      changed = true;
    } else if (rules.followsBehindScan()) {
      sums[leaf] += digest;
      counts[leaf] += count;
    }
  }
}
