package starling.node.peer.message;

import org.jspecify.annotations.Nullable;
import starling.node.storage.Key;
import starling.node.version.IdempotencyKey;

/**
 * Asks for a node's set of a key.
 *
 * @param knownHash with {@link FetchPart#PAST}: the version hash of the caller's set
 * @param idempotency with {@link FetchPart#PAST}: the idempotency key of a write that may have been
 *     made before
 */
public record Fetch(
    long call,
    int remainingMillis,
    long ring,
    long register,
    String requestId,
    Key key,
    FetchPart part,
    long knownHash,
    @Nullable IdempotencyKey idempotency)
    implements Request {
  /** Asks for the whole set. */
  public static Fetch whole(
      long call, int remainingMillis, long ring, long register, String requestId, Key key) {
    return new Fetch(
        call, remainingMillis, ring, register, requestId, key, FetchPart.WHOLE, 0, null);
  }

  static Fetch read(long call, MessageReader in) {
    return new Fetch(
        call,
        in.millis(),
        in.i64("a hash"),
        in.i64("a hash"),
        in.text("a request id"),
        in.key(),
        in.one(FetchPart.values(), "part"),
        in.i64("a hash"),
        in.optionalIdempotency());
  }

  @Override
  public Kind kind() {
    return Kind.FETCH;
  }

  @Override
  public void writeFields(MessageWriter out) {
    out.varint(remainingMillis).i64(ring);
    out.i64(register);
    out.text(requestId);
    out.key(key);
    out.u8(part.ordinal());
    out.i64(knownHash);
    out.optionalIdempotency(idempotency);
  }
}
