package starling.node.peer.message;

/**
 * Asks a member that holds no data of a bucket to accept no write until its properties have come.
 */
public record FenceBucket(long call, int remainingMillis, long ring, String bucket)
    implements Request {
  static FenceBucket read(long call, MessageReader in) {
    return new FenceBucket(call, in.millis(), in.i64("a hash"), in.text("a text"));
  }

  @Override
  public Kind kind() {
    return Kind.FENCE_BUCKET;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.text(bucket);
  }
}
