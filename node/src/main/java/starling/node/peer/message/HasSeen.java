package starling.node.peer.message;

import org.jspecify.annotations.Nullable;
import starling.node.version.Past;
import starling.node.version.PastCodec;

/**
 * Answers {@link Fetch} for a past.
 *
 * @param complete whether the replica is complete
 * @param past null when it is the known one
 * @param again the whole newest set if it contains an event of the write with this idempotency key,
 *     else null
 */
public record HasSeen(long call, boolean complete, @Nullable Past past, byte @Nullable [] again)
    implements Response {
  static HasSeen read(long call, MessageReader in) {
    return new HasSeen(
        call,
        in.flag(),
        in.flag() ? PastCodec.readPast(in) : null,
        in.flag() ? in.bytes("a byte string") : null);
  }

  @Override
  public Kind kind() {
    return Kind.HAS_SEEN;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.flag(complete);
    out.flag(past != null);
    if (past != null) {
      PastCodec.writePast(out, past);
    }
    out.flag(again != null);
    if (again != null) {
      out.bytes(again);
    }
  }
}
