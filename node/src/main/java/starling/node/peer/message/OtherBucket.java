package starling.node.peer.message;

/**
 * Surely nothing was done: the registers of the bucket differ.
 *
 * @param register mine; empty where I have none
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
