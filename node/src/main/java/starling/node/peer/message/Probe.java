package starling.node.peer.message;

/** Asks a peer that was silent for a while whether it handles requests. */
public record Probe(long call, int remainingMillis, long ring) implements Request {
  static Probe read(long call, MessageReader in) {
    return new Probe(call, in.millis(), in.i64("a hash"));
  }

  @Override
  public Kind kind() {
    return Kind.PROBE;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
  }
}
