package starling.node.peer.message;

import java.util.BitSet;

/** Answers {@link CheckHints}: which of the entries, by index, are held exactly and fsynced. */
public record HintsHeld(long call, BitSet held) implements Response {
  static HintsHeld read(long call, MessageReader in) {
    return new HintsHeld(call, BitSet.valueOf(in.bytes("a byte string")));
  }

  @Override
  public Kind kind() {
    return Kind.HINTS_HELD;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.bytes(held.toByteArray());
  }
}
