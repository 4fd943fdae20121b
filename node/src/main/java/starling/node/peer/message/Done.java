package starling.node.peer.message;

/** The fact is durable; or the member holds still; or the peer is there. */
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
