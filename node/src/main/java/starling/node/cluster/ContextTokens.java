package starling.node.cluster;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;
import starling.node.request.BucketProperties;
import starling.node.request.Rejection;
import starling.node.storage.Key;
import starling.node.version.Context;
import starling.node.version.ContextCodec;
import starling.node.version.ContextKeys;
import starling.node.version.ContextScope;
import starling.node.version.DecodedContext;
import starling.node.version.Dot;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.wire.ProblemKind;

/** Causal contexts as clients see them: signed tokens that are valid for one key. */
public final class ContextTokens {
  /** The content of a context, or why it is rejected. */
  public record Claim(@Nullable Context context, @Nullable Rejection refusal) {}

  private final Membership membership;
  private final Clock clock;
  private final ContextCodec codec = new ContextCodec(ContextKeys.EMPTY);

  ContextTokens(Membership membership, Clock clock) {
    this.membership = membership;
    this.clock = clock;
  }

  /** Adds new keys; those on this node's own disk count as held for long. */
  void useKeys(byte[] value) {
    ContextKeys known = codec.keys();
    codec.keys(
        known.isEmpty()
            ? ContextKeys.decode(value, 0)
            : known.join(ContextKeys.decode(value, 0), clock.wallMillis()));
  }

  /** Whether this node can sign contexts. */
  boolean hasKeys() {
    return !codec.keys().isEmpty();
  }

  /** The past that a client's context claims. */
  public Claim claim(Key key, BucketProperties properties, String token) {
    DecodedContext decoded = codec.decode(token, scope(key, properties));
    if (decoded instanceof DecodedContext.Ok ok) {
      return new Claim(ok.context(), null);
    }
    if (decoded instanceof DecodedContext.Invalid invalid) {
      return new Claim(null, Rejection.of(ProblemKind.BAD_CONTEXT, "context", invalid.reason()));
    }
    return new Claim(
        null,
        Rejection.of(
            ProblemKind.UNKNOWN_CONTEXT_KEY,
            "the context was signed with a key that this node has not learnt yet"));
  }

  /** The context of a client that has read this set. */
  public String ofRead(Key key, BucketProperties properties, Siblings read) {
    return codec.encode(read, scope(key, properties), clock.wallMillis());
  }

  /** The context of a client that has written an event, and had seen no more than this before. */
  public String afterWrite(
      Key key, BucketProperties properties, Siblings stored, Dot event, Context seen) {
    Past past = Past.contextAfterWrite(stored, event, seen.past());
    return codec.encode(
        new Context(past, seen.marks()), stored.dots(), scope(key, properties), clock.wallMillis());
  }

  /** The context of a client that knows the event of its request, and its own context. */
  public String ofEvent(
      Key key, BucketProperties properties, IdempotencyRecord made, Context given) {
    return codec.encode(
        given.with(made), List.of(made.dot()), scope(key, properties), clock.wallMillis());
  }

  private ContextScope scope(Key key, BucketProperties properties) {
    UUID cluster = membership.clusterId();
    if (cluster == null) {
      throw new IllegalStateException("no request is served before the cluster is known");
    }
    return new ContextScope(cluster, key.bucket(), properties.creation(), key.bytes());
  }
}
