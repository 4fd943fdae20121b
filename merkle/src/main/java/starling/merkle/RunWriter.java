package starling.merkle;

import org.jspecify.annotations.Nullable;

/** Writes nodes with their sums or ids, in the order of addresses; see {@link Messages}. */
final class RunWriter {
  /** The width of a node whose elements are listed. */
  static final int IDS = 254;

  static final int END = 255;

  private final MessageWriter out = new MessageWriter();
  private final MessageWriter run = new MessageWriter();
  private int runWidth;
  private int nodes;
  private @Nullable TreeNode last;

  /** Bytes so far. */
  int size() {
    return out.size() + run.size();
  }

  /** A node with the sums of its children; of width 0, it only says that the node differs. */
  void sums(TreeNode node, int width, int[] sums, int count) {
    begin(node, width);
    for (int i = 0; i < count; i++) {
      run.u32(sums[i]);
    }
  }

  /** A lowest node with the ids of all its elements. */
  void ids(TreeNode node, int[] ids) {
    begin(node, IDS);
    run.varint(ids.length);
    for (int id : ids) {
      run.u32(id);
    }
  }

  private void begin(TreeNode node, int width) {
    if (last == null
        || width != runWidth
        || node.depth() != last.depth()
        || node.leafDepth() != last.leafDepth()
        || node.digestBits() != last.digestBits()) {
      endRun();
      run.varint(node.prefix());
    } else {
      run.varint(node.prefix() - last.prefix() - 1);
    }
    nodes++;
    runWidth = width;
    last = node;
  }

  private void endRun() {
    if (last != null) {
      out.u8(runWidth);
      out.u8(last.depth());
      out.u8(last.leafDepth());
      out.u8(last.digestBits());
      out.varint(nodes);
      out.append(run);
    }
    run.clear();
    nodes = 0;
  }

  void writeTo(MessageWriter message) {
    endRun();
    last = null;
    message.append(out);
    message.u8(END);
  }
}
