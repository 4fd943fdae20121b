package starling.node.peer.message;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.storage.Durability;
import starling.node.storage.Key;

/**
 * Sends a whole set to be merged.
 *
 * @param fallbackFor the primary that the receiver is a fallback for; null if it is one itself
 */
public record Store(
    long call,
    int remainingMillis,
    long ring,
    long register,
    String requestId,
    Key key,
    StorePurpose purpose,
    Durability durability,
    boolean lww,
    @Nullable UUID fallbackFor,
    byte[] set)
    implements Request {
  static Store read(long call, MessageReader in) {
    return new Store(
        call,
        in.millis(),
        in.i64("a hash"),
        in.i64("a hash"),
        in.text("a request id"),
        in.key(),
        in.one(StorePurpose.values(), "purpose"),
        in.one(Durability.values(), "durability"),
        in.flag(),
        in.optionalId(),
        in.set());
  }

  /** Reads up to the length of the set. */
  static boolean skipToSet(MessageReader in) {
    var unusedMillis = in.millis();
    var unusedRing = in.i64("a hash");
    var unusedRegister = in.i64("a hash");
    var unusedRequest = in.text("a request id");
    var unusedKey = in.key();
    var unusedPurpose = in.u8("a field");
    var unusedDurability = in.u8("a field");
    var unusedLatest = in.flag();
    var unusedFallback = in.optionalId();
    return true;
  }

  @Override
  public Kind kind() {
    return Kind.STORE;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.i64(register);
    out.text(requestId);
    out.key(key);
    out.u8(purpose.ordinal());
    out.u8(durability.ordinal());
    out.flag(lww);
    out.optionalId(fallbackFor);
    out.set(set);
  }

  @Override
  public byte[] lastSet() {
    return set;
  }

  @Override
  public int payloadBytes() {
    return set.length + 128;
  }
}
