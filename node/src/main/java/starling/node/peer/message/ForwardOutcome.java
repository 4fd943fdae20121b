package starling.node.peer.message;

import starling.node.request.WriteOutcome;

/** The outcome of a {@link ForwardWrite}. */
public record ForwardOutcome(long call, WriteOutcome outcome) implements Response {
  static ForwardOutcome read(long call, MessageReader in) {
    return new ForwardOutcome(call, WriteCodec.readOutcome(in));
  }

  @Override
  public Kind kind() {
    return Kind.FORWARD_OUTCOME;
  }

  @Override
  public void writeFields(MessageWriter out) {
    WriteCodec.writeOutcome(out, outcome);
  }
}
