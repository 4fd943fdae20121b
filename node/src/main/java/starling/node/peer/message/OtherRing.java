package starling.node.peer.message;

/** The peer surely did nothing: the rings differ. It sends its ring facts. */
public record OtherRing(long call, byte[] facts) implements Response {
  static OtherRing read(long call, MessageReader in) {
    return new OtherRing(call, in.bytes("a byte string"));
  }

  @Override
  public Kind kind() {
    return Kind.OTHER_RING;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.bytes(facts);
  }
}
