package starling.node.version;

import java.util.function.Function;

/** The result of decoding a client's context. */
public sealed interface DecodedContext {
  /** This cluster issued it for this key, with this content. */
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
   * Signed with a key that this node does not have. A peer may have it: the node asks, and if no
   * peer has it, answers that the service is unavailable; the client did nothing wrong.
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
