package starling.node.peer.message;

/**
 * Fences a member of a ring without data: from its answer on it accepts no request below this ring
 * version.
 */
public record HoldStill(long call, int remainingMillis, long ring, long version)
    implements Request {
  static HoldStill read(long call, MessageReader in) {
    return new HoldStill(call, in.millis(), in.i64("a hash"), in.varint("a number"));
  }

  @Override
  public Kind kind() {
    return Kind.HOLD_STILL;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.varint(version);
  }
}
