package starling.node.peer.message;

import java.util.BitSet;

/** Answers {@link Deliver}: which of the entries, by index, are merged and fsynced. */
public record Delivered(long call, BitSet took) implements Response {
  static Delivered read(long call, MessageReader in) {
    return new Delivered(call, BitSet.valueOf(in.bytes("a byte string")));
  }

  @Override
  public Kind kind() {
    return Kind.DELIVERED;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.bytes(took.toByteArray());
  }
}
