package starling.merkle;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node in a message, with the sums of its children or the ids of its elements.
 *
 * @param width how many bits deeper the children are, or {@link RunWriter#IDS}
 * @param values the sums or ids; none for width 0
 */
record NodeEntry(TreeNode node, int width, int[] values) {
  private static final int MAX_WIDTH = 7;

  boolean lists() {
    return width == RunWriter.IDS;
  }

  /**
   * Reads the runs of a message. The nodes are in order and apart, so that all work for one message
   * is at most two passes over the leaves, and one over the elements.
   */
  static List<NodeEntry> read(MessageReader in, SharedRows rows) throws MerkleFormatException {
    List<NodeEntry> entries = new ArrayList<>();
    TreeNode last = null;
    for (int width = in.u8(); width != RunWriter.END; width = in.u8()) {
      int depth = in.u8();
      int leafDepth = in.u8();
      int digestBits = in.u8();
      if ((width > MAX_WIDTH && width != RunWriter.IDS)
          || leafDepth > LeafRow.MAX_DEPTH
          || digestBits > TreeNode.MAX_DIGEST_BITS) {
        throw new MerkleFormatException("a run of width " + width + ", leaves " + leafDepth);
      }
      int nodes = in.number(Messages.MAX_BYTES, "nodes");
      if (nodes == 0) {
        throw new MerkleFormatException("a run without nodes");
      }
      long prefix = -1;
      for (int i = 0; i < nodes; i++) {
        prefix += in.varint() + 1;
        TreeNode node = new TreeNode(depth, prefix, leafDepth, digestBits);
        check(rows, node, width, last);
        entries.add(new NodeEntry(node, width, values(in, rows, node, width)));
        last = node;
      }
    }
    in.end();
    return entries;
  }

  private static int[] values(MessageReader in, SharedRows rows, TreeNode node, int width)
      throws MerkleFormatException {
    if (width == 0) {
      return new int[0];
    }
    return in.u32s(
        width == RunWriter.IDS ? in.number(Messages.MAX_IDS, "ids") : rows.children(node, width));
  }

  private static void check(SharedRows rows, TreeNode node, int width, @Nullable TreeNode last)
      throws MerkleFormatException {
    int positions = rows.rowBits() + node.leafDepth();
    int leaf = rows.leafBits(node);
    boolean lists = width == RunWriter.IDS;
    boolean deepEnough = lists ? node.depth() == leaf : node.depth() + width <= leaf;
    boolean dividesLeaf = node.digestBits() == 0 || node.depth() >= positions;
    if (!deepEnough
        || !dividesLeaf
        || node.prefix() < 0
        || node.prefix() >>> node.depth() != 0
        || rows.firstRow(node) >= rows.size()) {
      throw new MerkleFormatException("no such node: " + node + " of width " + width);
    }
    if (last == null) {
      return;
    }
    boolean ordered = Long.compareUnsigned(last.last(), node.first()) < 0;
    boolean sameRow = rows.lastRow(last) == rows.firstRow(node);
    if (!ordered || (sameRow && last.leafDepth() != node.leafDepth())) {
      throw new MerkleFormatException("nodes out of order: " + last + ", " + node);
    }
  }
}
