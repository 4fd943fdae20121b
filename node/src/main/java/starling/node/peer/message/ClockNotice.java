package starling.node.peer.message;

/** Carries only the clock of every frame, if no other frame was sent recently. */
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
