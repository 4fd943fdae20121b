package starling.node.peer.message;

import org.jspecify.annotations.Nullable;

/** Answers {@link Fetch} for a set or a digest. */
public record Holds(long call, boolean complete, long hash, byte @Nullable [] set)
    implements Response {
  static Holds read(long call, MessageReader in) {
    return new Holds(call, in.flag(), in.i64("a hash"), in.flag() ? in.set() : null);
  }

  /** Reads up to the length of the set; false where the message has none. */
  static boolean skipToSet(MessageReader in) {
    var unusedComplete = in.flag();
    var unusedHash = in.i64("a hash");
    return in.flag();
  }

  @Override
  public Kind kind() {
    return Kind.HOLDS;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.flag(complete);
    out.i64(hash);
    out.flag(set != null);
    if (set != null) {
      out.set(set);
    }
  }

  @Override
  public byte @Nullable [] lastSet() {
    return set;
  }

  @Override
  public int payloadBytes() {
    return set == null ? 0 : set.length;
  }
}
