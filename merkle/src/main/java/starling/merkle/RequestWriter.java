package starling.merkle;

import java.util.ArrayList;
import java.util.List;

/** Writes one request: nodes that differ, each with the sums of its children or its elements. */
final class RequestWriter {
  /** What became of a node. */
  enum Step {
    ADDED,
    /** Its elements must be loaded first. */
    LOADING,
    /** A leaf of too many elements, or of too many equal ones. */
    UNKNOWABLE,
    /** The row is too shallow for it now. */
    ROWS_JOINED
  }

  private final SharedRows rows;
  private final RowsView view;
  private final ExchangeRules rules;
  private final RunWriter runs = new RunWriter();
  private final List<TreeNode> nodes = new ArrayList<>();
  private final ElementList listed = new ElementList();
  private int leavesListed;

  RequestWriter(SharedRows rows, RowsView view, ExchangeRules rules) {
    this.rows = rows;
    this.view = view;
    this.rules = rules;
  }

  /** Whether there is room, and the node fits behind those before it. */
  boolean takes(TreeNode node) {
    if (nodes.isEmpty()) {
      return true;
    }
    TreeNode last = nodes.get(nodes.size() - 1);
    TreeNode next = compared(node);
    return runs.size() < Messages.REQUEST_BYTES
        && (rows.lastRow(last) != rows.firstRow(next) || last.leafDepth() == next.leafDepth());
  }

  Step add(TreeNode each) {
    TreeNode node = compared(each);
    if (node.depth() > rows.rowBits() + node.leafDepth() && node.digestBits() == 0) {
      return Step.ROWS_JOINED;
    }
    if (rows.belowPositions(node)) {
      return divide(node);
    }
    int width = ExchangeRules.initiatorWidth(rows.leafBits(node) - node.depth());
    int above = rows.rowBits() - node.depth();
    if (above > 0 && rows.maxDepth(node) - rows.minDepth(node) > 1) {
      width = Math.min(width, above);
    }
    runs.sums(node, width, view.children(node, width, null), rows.children(node, width));
    nodes.add(node);
    return Step.ADDED;
  }

  /** The node with the depth at which it is compared: that of the shallower side. */
  private TreeNode compared(TreeNode node) {
    return rows.belowPositions(node)
        ? node
        : node.withLeafDepth(rules.coarser(node.leafDepth(), rows.minDepth(node)));
  }

  /** Whether it asks about children, so that the answer may name more nodes. */
  boolean divides() {
    return leavesListed < nodes.size();
  }

  /** A leaf, or a part of one: lists it if it is small, else divides it by digest. */
  private Step divide(TreeNode each) {
    LeafElements elements = view.elements(each);
    if (elements == null) {
      return Step.LOADING;
    }
    if (elements.overflow()) {
      return Step.UNKNOWABLE;
    }
    long count = view.count(each, elements);
    TreeNode node =
        each.depth() == rows.leafBits(each)
            ? each.withDigestBits(rules.digestBits(each, count))
            : each;
    if (node.depth() < rows.leafBits(node)) {
      int width = ExchangeRules.initiatorWidth(rows.leafBits(node) - node.depth());
      runs.sums(node, width, view.children(node, width, elements), 1 << width);
    } else if (count > Messages.MAX_IDS) {
      return Step.UNKNOWABLE;
    } else {
      runs.ids(node, view.ids(node, elements));
      int begin = elements.begin(node);
      for (int i = begin; i < begin + count; i++) {
        elements.copy(i, listed);
      }
      leavesListed++;
    }
    nodes.add(node);
    return Step.ADDED;
  }

  int leavesListed() {
    return leavesListed;
  }

  List<TreeNode> nodes() {
    return nodes;
  }

  ElementList listed() {
    return listed;
  }

  void writeTo(MessageWriter message) {
    runs.writeTo(message);
  }
}
