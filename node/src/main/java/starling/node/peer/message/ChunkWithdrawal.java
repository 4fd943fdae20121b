package starling.node.peer.message;

/** The sender has given the message up. */
public record ChunkWithdrawal(long call) implements Chunked {
  static ChunkWithdrawal read(long call, MessageReader in) {
    return new ChunkWithdrawal(call);
  }

  @Override
  public Kind kind() {
    return Kind.CHUNK_WITHDRAWAL;
  }

  @Override
  public void writeFields(MessageWriter out) {}
}
