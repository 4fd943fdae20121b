package starling.node.version;

import java.util.function.Function;

/** What a context from a client turned out to be. */
public sealed interface DecodedContext {
  /** This cluster issued it for this key, and this is what it has seen. */
  record Ok(Context context) implements DecodedContext {
    @Override
    public <R> R match(
        Function<Ok, R> ok, Function<Invalid, R> invalid, Function<UnknownKey, R> unknownKey) {
      return ok.apply(this);
    }
  }

  /** Not a context, or not one for this key; the reason is for the client and names no secret. */
  record Invalid(String reason) implements DecodedContext {
    @Override
    public <R> R match(
        Function<Ok, R> ok, Function<Invalid, R> invalid, Function<UnknownKey, R> unknownKey) {
      return invalid.apply(this);
    }
  }

  /**
   * Signed with a key that this node has never heard of. A peer may have it: ask, and if nobody
   * does, say that the service is not available; the client did nothing wrong.
   */
  record UnknownKey(int keyId) implements DecodedContext {
    @Override
    public <R> R match(
        Function<Ok, R> ok, Function<Invalid, R> invalid, Function<UnknownKey, R> unknownKey) {
      return unknownKey.apply(this);
    }
  }

  /** One of the three, exhaustively. */
  <R> R match(Function<Ok, R> ok, Function<Invalid, R> invalid, Function<UnknownKey, R> unknownKey);
}
