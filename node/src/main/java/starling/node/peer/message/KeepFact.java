package starling.node.peer.message;

/** Asks a peer to merge one fact and make it durable before the answer. */
public record KeepFact(long call, int remainingMillis, long ring, String name, byte[] value)
    implements Request {
  static KeepFact read(long call, MessageReader in) {
    return new KeepFact(
        call, in.millis(), in.i64("a hash"), in.text("a text"), in.bytes("a byte string"));
  }

  @Override
  public Kind kind() {
    return Kind.KEEP_FACT;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.text(name);
    out.bytes(value);
  }
}
