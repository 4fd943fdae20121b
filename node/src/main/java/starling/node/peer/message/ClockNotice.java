package starling.node.peer.message;

/** Brings nothing but the clock that every frame carries, where no other frame was sent lately. */
public record ClockNotice(long call) implements PeerMessage {
  static ClockNotice read(long call, MessageReader in) {
    return new ClockNotice(call);
  }

  @Override
  public Kind kind() {
    return Kind.CLOCK_NOTICE;
  }

  @Override
  public void writeFields(MessageWriter out) {}
}
