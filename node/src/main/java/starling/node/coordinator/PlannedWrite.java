package starling.node.coordinator;

import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.request.BucketProperties;
import starling.node.request.WriteRequest;
import starling.node.storage.Key;
import starling.node.version.Context;
import starling.node.version.IdempotencyKey;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Past;
import starling.node.version.Siblings;

/**
 * A write as its coordinator begins it; none of this changes later.
 *
 * @param given the past of the client's context, or null if its write has none
 * @param asFallback whether this node is no primary of the key, and coordinates as a fallback
 * @param begunNanos by the monotonic clock
 */
record PlannedWrite(
    WriteRequest request,
    ReplicaPlan plan,
    @Nullable Context given,
    boolean asFallback,
    int timeoutMillis,
    long begunNanos) {

  Key key() {
    return plan.key();
  }

  int partition() {
    return plan.partition();
  }

  BucketProperties properties() {
    return plan.properties();
  }

  @Nullable IdempotencyKey idempotency() {
    return request.idempotency();
  }

  int valueBytes() {
    return request.content().valueBytes();
  }

  @Nullable Past givenPast() {
    return given == null ? null : given.past();
  }

  long deadlineNanos() {
    return begunNanos + timeoutMillis * 1_000_000L;
  }

  /** How many replicas must have the write. */
  int required() {
    return plan.required(properties().w(), properties().pw());
  }

  /** Its nodes; if this node is a fallback, it is one for the first absent primary. */
  ActivePreferenceList nodes(ClusterView cluster) {
    ActivePreferenceList nodes = new ActivePreferenceList(cluster, plan);
    if (asFallback) {
      nodes.addSelfAsFallback();
    }
    return nodes;
  }

  /** The record of the event that this very write has made before; null if the set has none. */
  @Nullable IdempotencyRecord recordIn(Siblings set) {
    IdempotencyKey idempotency = idempotency();
    return idempotency == null ? null : idempotency.first(set);
  }
}
