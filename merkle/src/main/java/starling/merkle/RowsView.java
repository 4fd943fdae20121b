package starling.merkle;

import org.jspecify.annotations.Nullable;

/**
 * The tree of one side as an exchange with one salt sees it: sums and ids as they travel, and the
 * elements of the leaf that was read last.
 */
final class RowsView {
  private final SharedRows rows;
  private final ElementSource source;
  private final ExchangeRules rules;
  private final TreeKey.Salted key;
  private final NodeSum sum = new NodeSum();
  private final int[] shorts = new int[128];
  private @Nullable LeafElements read;
  private long elementsRead;

  RowsView(SharedRows rows, ElementSource source, ExchangeRules rules, TreeKey.Salted key) {
    this.rows = rows;
    this.source = source;
    this.rules = rules;
    this.key = key;
  }

  static long rootSum(SharedRows rows, ExchangeRules rules, TreeKey.Salted key) {
    NodeSum total = new NodeSum();
    rows.addTo(total, TreeNode.ROOT);
    return rules.rootSum(key, total);
  }

  /** The elements of the leaf that a node is or divides; null if the source must load them. */
  @Nullable LeafElements elements(TreeNode node) {
    TreeNode leaf = rows.leafOf(node);
    if (read == null || !read.isOf(leaf)) {
      read = LeafElements.read(rows, leaf, source);
      elementsRead += read == null ? 0 : read.size();
    }
    return read;
  }

  /** Whether the elements of a leaf are needed that was not read last. */
  boolean mustRead(TreeNode node) {
    return rows.belowPositions(node) && (read == null || !read.isOf(rows.leafOf(node)));
  }

  /** How many elements were read so far. */
  long elementsRead() {
    return elementsRead;
  }

  /**
   * The sums of the children of a node, valid until the next call.
   *
   * @param elements of its leaf, if the node is or divides one
   */
  int[] children(TreeNode node, int width, @Nullable LeafElements elements) {
    int count = rows.children(node, width);
    for (int i = 0; i < count; i++) {
      TreeNode child = node.child(width, i);
      sum.clear();
      if (elements == null) {
        rows.addTo(sum, child);
      } else {
        elements.addTo(sum, child);
      }
      shorts[i] = rules.shortSum(key, sum);
    }
    return shorts;
  }

  /** How many elements a node has. */
  long count(TreeNode node, @Nullable LeafElements elements) {
    if (elements != null) {
      return (long) elements.end(node) - elements.begin(node);
    }
    sum.clear();
    rows.addTo(sum, node);
    return sum.count;
  }

  /** The ids of the elements of a lowest node, in the order of their digests. */
  int[] ids(TreeNode node, LeafElements elements) {
    int begin = elements.begin(node);
    int[] ids = new int[elements.end(node) - begin];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = rules.id(key, elements.digest(begin + i));
    }
    return ids;
  }
}
