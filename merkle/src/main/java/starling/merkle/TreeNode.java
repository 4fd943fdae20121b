package starling.merkle;

/**
 * The address of a node in the tree over all shared rows. Its {@code depth} bits are, from the top:
 * the number of the row, then bits of the position, then bits of the digest.
 *
 * @param depth how many bits, 0 for the root
 * @param prefix the bits
 * @param leafDepth how many bits of the position come before the first bit of the digest: the depth
 *     at which rows are compared below here
 * @param digestBits how many bits of the digest the lowest nodes have; 0 unless a leaf has too many
 *     elements
 */
record TreeNode(int depth, long prefix, int leafDepth, int digestBits) {

  /** A leaf of 2^20 elements needs 16; equal elements, which no bits divide, reach this bound. */
  static final int MAX_DIGEST_BITS = 24;

  /** The root, as an exchange begins. */
  static final TreeNode ROOT = new TreeNode(0, 0, LeafRow.MAX_DEPTH, 0);

  /** The child {@code index} of those that are {@code width} bits deeper. */
  TreeNode child(int width, int index) {
    return new TreeNode(depth + width, prefix << width | index, leafDepth, digestBits);
  }

  TreeNode withLeafDepth(int newLeafDepth) {
    return new TreeNode(depth, prefix, newLeafDepth, digestBits);
  }

  TreeNode withDigestBits(int newDigestBits) {
    return new TreeNode(depth, prefix, leafDepth, newDigestBits);
  }

  /** The first address below this node, of 64 bits, unsigned. */
  long first() {
    return depth == 0 ? 0 : prefix << (64 - depth);
  }

  /** The last address below this node. */
  long last() {
    return first() | -1L >>> depth;
  }

  boolean contains(TreeNode other) {
    return Long.compareUnsigned(first(), other.first()) <= 0
        && Long.compareUnsigned(other.last(), last()) <= 0;
  }
}
