package starling.node.peer.message;

/** The fact is durable; or the member is fenced; or the peer is up. */
public record Done(long call) implements Response {
  static Done read(long call, MessageReader in) {
    return new Done(call);
  }

  @Override
  public Kind kind() {
    return Kind.DONE;
  }

  @Override
  public void writeFields(MessageWriter out) {}
}
