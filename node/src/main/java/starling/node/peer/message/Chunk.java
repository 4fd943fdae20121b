package starling.node.peer.message;

/**
 * Bytes of the message.
 *
 * @param at their position in it
 */
public record Chunk(long call, long at, byte[] bytes) implements Chunked {
  static Chunk read(long call, MessageReader in) {
    return new Chunk(call, in.varint("a place"), in.bytes("a byte string"));
  }

  @Override
  public Kind kind() {
    return Kind.CHUNK;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(at);
    out.bytes(bytes);
  }

  @Override
  public int payloadBytes() {
    return bytes.length;
  }
}
