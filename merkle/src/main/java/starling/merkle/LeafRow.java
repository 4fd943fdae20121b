package starling.merkle;

import org.jspecify.annotations.Nullable;

/**
 * The leaves of the hash tree of one partition; nothing else of the tree is kept. A leaf is a
 * 64-bit sum of keyed digests of (position, version hash) and a count, over the elements of one of
 * 2^depth equal ranges of positions. Sums of several leaves are added when they are needed, so that
 * a change touches one leaf, and rows of different depth are compared at the coarser one.
 *
 * <ol>
 *   <li>The row sums up exactly the elements of the index: each change of the index is one call.
 *   <li>A row that is not built has no sums. A scan ({@link RowScan}) builds it, and another one
 *       corrects it: the index decides.
 *   <li>A leaf has 12 to 32 elements on average, which is 0.4 to 1 byte for each. Below that the
 *       row joins neighbours by itself; above it asks for a scan that splits all leaves. Skewed
 *       positions leave leaves of any size; an exchange splits those by digest.
 * </ol>
 *
 * <p>For one thread. Changes allocate nothing, except when a row joins.
 */
public final class LeafRow {
  /** No row has more than 2^22 leaves (48 MiB). */
  public static final int MAX_DEPTH = 22;

  /** A row splits when its leaves have more elements than this on average. */
  public static final int MAX_LEAF_KEYS = 32;

  /** A row joins leaves when they have fewer elements than this on average. */
  public static final int MIN_LEAF_KEYS = 12;

  /** Partitions have at most this many bits of the position in common. */
  public static final int MAX_PREFIX_BITS = 40;

  private final TreeKey key;
  private final int prefixBits;
  private final long first;
  private final RowRules rules;
  private int depth;
  private long[] sums = new long[1];
  private int[] counts = new int[1];
  private long sum;
  private long keys;
  private boolean built;
  private boolean suspect;
  private long corrected;
  private @Nullable RowScan scan;

  LeafRow(TreeKey key, int prefixBits, long prefix, boolean built, RowRules rules) {
    if (prefixBits < 0 || prefixBits > MAX_PREFIX_BITS || (prefix >>> prefixBits != 0)) {
      throw new IllegalArgumentException("prefix " + prefix + " of " + prefixBits + " bits");
    }
    this.key = key;
    this.prefixBits = prefixBits;
    this.first = prefixBits == 0 ? 0 : prefix << (64 - prefixBits);
    this.built = built;
    this.rules = rules;
  }

  /**
   * The row of a partition that has no elements.
   *
   * @param prefixBits how many of the highest bits all positions of the partition share, 0 to 40
   * @param prefix those bits
   */
  public static LeafRow empty(TreeKey key, int prefixBits, long prefix) {
    return new LeafRow(key, prefixBits, prefix, true, RowRules.SOUND);
  }

  /** The row of a partition whose elements are to be scanned; the parameters are those of empty. */
  public static LeafRow unbuilt(TreeKey key, int prefixBits, long prefix) {
    return new LeafRow(key, prefixBits, prefix, false, RowRules.SOUND);
  }

  /** Adds an element that the index has got. */
  public void add(long position, long versionHash) {
    change(position, key.digest(position, versionHash), 1);
  }

  /** Takes out an element that the index no longer has. */
  public void remove(long position, long versionHash) {
    change(position, -key.digest(position, versionHash), -1);
  }

  /** Replaces what the index held of a key. */
  public void replace(long position, long oldHash, long newHash) {
    change(position, key.digest(position, newHash) - key.digest(position, oldHash), 0);
  }

  private void change(long position, long digest, int count) {
    require(position);
    if (scan != null) {
      scan.changed(position, digest, count);
    }
    if (!built) {
      return;
    }
    int leaf = leaf(position, depth);
    sums[leaf] += digest;
    counts[leaf] += count;
    sum += digest;
    keys += count;
    if (count < 0) {
      suspect |= counts[leaf] < 0;
      if (scan == null) {
        join();
      }
    }
  }

  /** Changes a leaf by hand, as a fault would. For tests. */
  void falsify(long position, long digest, int count) {
    int leaf = leaf(position, depth);
    sums[leaf] += digest;
    counts[leaf] += count;
    sum += digest;
    keys += count;
  }

  private void join() {
    while (depth > 0 && keys < ((long) MIN_LEAF_KEYS << depth)) {
      long[] joinedSums = new long[sums.length / 2];
      int[] joinedCounts = new int[counts.length / 2];
      rules.join(sums, counts, joinedSums, joinedCounts);
      sums = joinedSums;
      counts = joinedCounts;
      depth--;
    }
  }

  /** Whether the row has sums, so that it can be compared. */
  public boolean built() {
    return built;
  }

  /** How many elements there are. */
  public long keys() {
    return keys;
  }

  /** There are 2^depth leaves. */
  public int depth() {
    return depth;
  }

  /** Bytes of the leaves. */
  public long bytes() {
    return 12L * sums.length;
  }

  /** How many leaves scans have found to differ from the index, since the row was made. */
  public long correctedLeaves() {
    return corrected;
  }

  /**
   * Whether the caller should begin a scan: the row is not built, its leaves are too full, or it
   * knows that it is wrong because a leaf has fewer than no elements.
   */
  public boolean wantsScan() {
    return scan == null
        && (!built || suspect || (depth < MAX_DEPTH && keys > ((long) MAX_LEAF_KEYS << depth)));
  }

  /**
   * Begins a scan that builds, splits or checks the row. An earlier one that has not ended is given
   * up. The row serves comparisons at its present depth meanwhile, if it is built.
   *
   * @param expectedKeys about how many elements the scan will find; not needed once the row is
   *     built
   */
  public RowScan scan(long expectedKeys) {
    int wanted = depthFor(built ? keys : expectedKeys);
    scan = new RowScan(this, built ? Math.max(depth, wanted) : wanted, rules);
    return scan;
  }

  private static int depthFor(long keys) {
    int depth = 0;
    while (depth < MAX_DEPTH && keys > ((long) MAX_LEAF_KEYS << depth)) {
      depth++;
    }
    return depth;
  }

  /** The first position of the partition, unsigned. */
  public long first() {
    return first;
  }

  /** The last position of the partition. */
  public long last() {
    return first | -1L >>> prefixBits;
  }

  /** The first position of a node of the tree. */
  long first(int nodeDepth, long prefix) {
    return nodeDepth == 0 ? first : first | prefix << (64 - nodeDepth) >>> prefixBits;
  }

  /** The last position of a node of the tree. */
  long last(int nodeDepth, long prefix) {
    return first(nodeDepth, prefix) | -1L >>> (prefixBits + nodeDepth);
  }

  int leaf(long position, int atDepth) {
    return atDepth == 0 ? 0 : (int) (position << prefixBits >>> (64 - atDepth));
  }

  long digest(long position, long versionHash) {
    return key.digest(position, versionHash);
  }

  /** Adds the sum and count of a node that is not below the leaves. */
  void addTo(NodeSum total, int nodeDepth, long prefix) {
    if (nodeDepth == 0) {
      total.add(sum, keys);
      return;
    }
    int each = 1 << (depth - nodeDepth);
    int leaf = (int) prefix * each;
    for (int end = leaf + each; leaf < end; leaf++) {
      total.add(sums[leaf], counts[leaf]);
    }
  }

  void require(long position) {
    if (prefixBits > 0 && (position ^ first) >>> (64 - prefixBits) != 0) {
      throw new IllegalArgumentException(
          String.format(
              "position %016x lies outside of the partition %016x to %016x",
              position, first(), last()));
    }
  }

  void corrected() {
    corrected++;
  }

  boolean isCurrent(RowScan each) {
    return scan == each;
  }

  /** The running scan was given up. */
  void endScan() {
    scan = null;
  }

  /**
   * Takes the leaves of a scan that has ended.
   *
   * @param joins whether leaves with few elements are joined; for tests
   */
  void end(long[] newSums, int[] newCounts, int newDepth, boolean joins) {
    scan = null;
    sums = newSums;
    counts = newCounts;
    depth = newDepth;
    sum = 0;
    keys = 0;
    suspect = false;
    for (int i = 0; i < sums.length; i++) {
      sum += sums[i];
      keys += counts[i];
      suspect |= counts[i] < 0;
    }
    built = true;
    if (joins) {
      join();
    }
  }
}
