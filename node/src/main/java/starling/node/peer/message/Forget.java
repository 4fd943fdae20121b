package starling.node.peer.message;

/** The asker no longer waits for this call. */
public record Forget(long call) implements PeerMessage {
  static Forget read(long call, MessageReader in) {
    return new Forget(call);
  }

  @Override
  public Kind kind() {
    return Kind.FORGET;
  }

  @Override
  public void writeFields(MessageWriter out) {}
}
