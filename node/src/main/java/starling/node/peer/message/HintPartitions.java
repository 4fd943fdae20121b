package starling.node.peer.message;

import java.util.BitSet;

/** Answers {@link ListHints}: in these partitions and no others the node may have held hints. */
public record HintPartitions(long call, BitSet partitions) implements Response {
  public HintPartitions {
    partitions = (BitSet) partitions.clone();
  }

  static HintPartitions read(long call, MessageReader in) {
    return new HintPartitions(call, BitSet.valueOf(in.bytes("a byte string")));
  }

  @Override
  public Kind kind() {
    return Kind.HINT_PARTITIONS;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.bytes(partitions.toByteArray());
  }
}
