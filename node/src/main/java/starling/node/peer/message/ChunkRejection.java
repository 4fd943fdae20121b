package starling.node.peer.message;

/** The receiver accepts nothing more of the message, and ignores all of it. */
public record ChunkRejection(long call, DeclineReason reason, String detail) implements Chunked {
  static ChunkRejection read(long call, MessageReader in) {
    return new ChunkRejection(call, in.one(DeclineReason.values(), "reason"), in.text("a text"));
  }

  @Override
  public Kind kind() {
    return Kind.CHUNK_REJECTION;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.u8(reason.ordinal());
    out.text(detail);
  }
}
