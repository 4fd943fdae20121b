package starling.node.peer.message;

/** The peer surely did nothing, with the reason. */
public record Declined(long call, DeclineReason reason, String detail) implements Response {
  static Declined read(long call, MessageReader in) {
    return new Declined(call, in.one(DeclineReason.values(), "reason"), in.text("a text"));
  }

  @Override
  public Kind kind() {
    return Kind.DECLINED;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.u8(reason.ordinal());
    out.text(detail);
  }
}
