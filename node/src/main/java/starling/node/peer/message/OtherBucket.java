package starling.node.peer.message;

/**
 * The peer surely did nothing: the registers of the bucket differ.
 *
 * @param register the peer's; empty if it has none
 */
public record OtherBucket(long call, String bucket, byte[] register) implements Response {
  static OtherBucket read(long call, MessageReader in) {
    return new OtherBucket(call, in.text("a text"), in.bytes("a byte string"));
  }

  @Override
  public Kind kind() {
    return Kind.OTHER_BUCKET;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.text(bucket);
    out.bytes(register);
  }
}
