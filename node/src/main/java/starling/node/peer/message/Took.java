package starling.node.peer.message;

/** The set is merged, with the requested durability. */
public record Took(long call) implements Response {
  static Took read(long call, MessageReader in) {
    return new Took(call);
  }

  @Override
  public Kind kind() {
    return Kind.TOOK;
  }

  @Override
  public void writeFields(MessageWriter out) {}
}
