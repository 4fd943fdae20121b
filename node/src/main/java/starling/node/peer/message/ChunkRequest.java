package starling.node.peer.message;

/** The receiver has room for the message, and has so many bytes of it: more may be sent. */
public record ChunkRequest(long call, long arrived) implements Chunked {
  static ChunkRequest read(long call, MessageReader in) {
    return new ChunkRequest(call, in.varint("a length"));
  }

  @Override
  public Kind kind() {
    return Kind.CHUNK_REQUEST;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(arrived);
  }
}
