package starling.node.peer.message;

/** A message of this length is to be sent in chunks, when the receiver asks for them. */
public record ChunkOffer(long call, long length) implements Chunked {
  static ChunkOffer read(long call, MessageReader in) {
    return new ChunkOffer(call, in.varint("a length"));
  }

  @Override
  public Kind kind() {
    return Kind.CHUNK_OFFER;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(length);
  }
}
