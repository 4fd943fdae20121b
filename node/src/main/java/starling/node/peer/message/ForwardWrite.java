package starling.node.peer.message;

import starling.node.request.WriteRequest;

/**
 * Forwards a write to a coordinating replica.
 *
 * @param asFallback whether the receiver shall coordinate as a fallback, because no primary answers
 */
public record ForwardWrite(
    long call,
    int remainingMillis,
    long ring,
    long register,
    boolean asFallback,
    WriteRequest request)
    implements Request {
  static ForwardWrite read(long call, MessageReader in) {
    return new ForwardWrite(
        call,
        in.millis(),
        in.i64("a hash"),
        in.i64("a hash"),
        in.flag(),
        WriteCodec.readRequest(in));
  }

  @Override
  public Kind kind() {
    return Kind.FORWARD_WRITE;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.i64(register);
    out.flag(asFallback);
    WriteCodec.writeRequest(out, request);
  }

  @Override
  public int payloadBytes() {
    return request.content().valueBytes() + 256;
  }
}
