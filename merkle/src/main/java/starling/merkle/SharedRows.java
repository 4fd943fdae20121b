package starling.merkle;

import java.util.List;

/**
 * What two replicas compare: the rows of all partitions that both store, in an order that both
 * know, as one tree. The number of the row comes before the bits of the position, so that nodes
 * near the root cover several rows.
 */
public final class SharedRows {
  /** At most so many rows are compared in one exchange. */
  public static final int MAX_ROWS = 1 << 16;

  private final TreeKey key;
  private final long scope;
  private final List<LeafRow> rows;
  private final int rowBits;

  /**
   * @param scope names what is compared, for example a hash of epoch and partitions; an exchange
   *     between different scopes ends at once
   * @param rows 1 to 65,536; the same partitions in the same order on both sides
   */
  public SharedRows(TreeKey key, long scope, List<LeafRow> rows) {
    if (rows.isEmpty() || rows.size() > MAX_ROWS) {
      throw new IllegalArgumentException(rows.size() + " rows, not 1 to " + MAX_ROWS);
    }
    this.key = key;
    this.scope = scope;
    this.rows = List.copyOf(rows);
    this.rowBits = 32 - Integer.numberOfLeadingZeros(rows.size() - 1);
  }

  TreeKey key() {
    return key;
  }

  long scope() {
    return scope;
  }

  int size() {
    return rows.size();
  }

  LeafRow row(int index) {
    return rows.get(index);
  }

  /** How many bits of an address are the number of the row. */
  int rowBits() {
    return rowBits;
  }

  /** Whether all rows can be compared. */
  public boolean built() {
    return rows.stream().allMatch(LeafRow::built);
  }

  /** How many elements all rows have. */
  public long keys() {
    return rows.stream().mapToLong(LeafRow::keys).sum();
  }

  /** How many leaves all rows have. */
  public long leaves() {
    return rows.stream().mapToLong(row -> 1L << row.depth()).sum();
  }

  int firstRow(TreeNode node) {
    return node.depth() >= rowBits
        ? (int) (node.prefix() >>> (node.depth() - rowBits))
        : (int) (node.prefix() << (rowBits - node.depth()));
  }

  /** The last row below a node that exists. */
  int lastRow(TreeNode node) {
    int inNode = node.depth() >= rowBits ? 1 : 1 << (rowBits - node.depth());
    return Math.min(rows.size(), firstRow(node) + inNode) - 1;
  }

  /** The lowest depth of the rows below a node. */
  int minDepth(TreeNode node) {
    int least = LeafRow.MAX_DEPTH;
    for (int i = firstRow(node); i <= lastRow(node); i++) {
      least = Math.min(least, rows.get(i).depth());
    }
    return least;
  }

  /** The greatest depth of the rows below a node. */
  int maxDepth(TreeNode node) {
    int most = 0;
    for (int i = firstRow(node); i <= lastRow(node); i++) {
      most = Math.max(most, rows.get(i).depth());
    }
    return most;
  }

  /** Whether the lowest node of its address, the leaf, has this many bits. */
  int leafBits(TreeNode node) {
    return rowBits + node.leafDepth() + node.digestBits();
  }

  /** Whether the node is a leaf of a row, or divides one by digest. */
  boolean belowPositions(TreeNode node) {
    return node.depth() >= rowBits + node.leafDepth();
  }

  /** How many children a node has that are {@code width} bits deeper, without those of no row. */
  int children(TreeNode node, int width) {
    int depth = node.depth() + width;
    long exist =
        depth >= rowBits
            ? (long) rows.size() << (depth - rowBits)
            : ((rows.size() - 1) >> (rowBits - depth)) + 1L;
    return node.depth() >= rowBits
        ? 1 << width
        : (int) Math.max(0, Math.min(1L << width, exist - (node.prefix() << width)));
  }

  /** Adds the sum of a node that no row is too shallow for. */
  void addTo(NodeSum total, TreeNode node) {
    if (node.depth() > rowBits) {
      int below = node.depth() - rowBits;
      rows.get(firstRow(node)).addTo(total, below, node.prefix() & (1L << below) - 1);
      return;
    }
    for (int i = firstRow(node); i <= lastRow(node); i++) {
      rows.get(i).addTo(total, 0, 0);
    }
  }

  /** Whether every row below the node has nodes that are {@code width} bits deeper. */
  boolean reaches(TreeNode node, int width) {
    return node.depth() + width - rowBits <= minDepth(node);
  }

  /** The leaf, of its leafDepth, that contains a node below positions. */
  TreeNode leafOf(TreeNode node) {
    int depth = rowBits + node.leafDepth();
    return new TreeNode(depth, node.prefix() >>> (node.depth() - depth), node.leafDepth(), 0);
  }
}
