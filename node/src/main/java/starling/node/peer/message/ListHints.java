package starling.node.peer.message;

/** Asks in which partitions a node holds, or has held in its present process, hints. */
public record ListHints(long call, int remainingMillis, long ring) implements Request {
  static ListHints read(long call, MessageReader in) {
    return new ListHints(call, in.millis(), in.i64("a hash"));
  }

  @Override
  public Kind kind() {
    return Kind.LIST_HINTS;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
  }
}
