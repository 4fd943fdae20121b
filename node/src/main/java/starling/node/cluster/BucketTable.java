package starling.node.cluster;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;
import starling.node.request.BucketProperties;

/** The properties of buckets as this node knows them, and the buckets whose writes are paused. */
final class BucketTable {
  /** A bucket's register, and its id in requests between nodes. */
  private record Bucket(BucketRegister register, long hash) {}

  private final Clock clock;
  private final Map<String, Bucket> buckets = new HashMap<>();

  /** Until when no write of a bucket is accepted, by the monotonic clock. */
  private final Map<String, Long> fences = new HashMap<>();

  /** Over all registers, independent of the order in which they came. */
  private long registersHash;

  private BucketProperties defaults;
  private boolean defaultsKnown;

  BucketTable(BucketProperties defaults, Clock clock) {
    this.defaults = defaults;
    this.clock = clock;
  }

  /** Puts the defaults in force. Returns whether keys may have other primaries from now on. */
  boolean useDefaults(BucketRegister register) {
    boolean moves = defaults.n() != register.properties().n();
    defaults = register.properties();
    defaultsKnown = true;
    return moves;
  }

  /** Puts properties in force. Returns whether keys may have other primaries from now on. */
  boolean use(String name, BucketRegister register) {
    boolean moves = properties(name).n() != register.properties().n();
    Bucket now = new Bucket(register, register.hash(name));
    Bucket before = buckets.put(name, now);
    registersHash ^= now.hash ^ (before == null ? 0 : before.hash);
    fences.remove(name);
    return moves;
  }

  BucketProperties defaults() {
    return defaults;
  }

  /** Whether the defaults are those of the cluster and not of this node's configuration. */
  boolean defaultsKnown() {
    return defaultsKnown;
  }

  @Nullable BucketRegister register(String bucket) {
    Bucket known = buckets.get(bucket);
    return known == null ? null : known.register;
  }

  BucketProperties properties(String bucket) {
    Bucket known = buckets.get(bucket);
    return known == null ? defaults : known.register.properties();
  }

  long hash(String bucket) {
    Bucket known = buckets.get(bucket);
    return known == null ? 0 : known.hash;
  }

  long registersHash() {
    return registersHash;
  }

  int largestN() {
    int largest = defaults.n();
    for (Bucket bucket : buckets.values()) {
      largest = Math.max(largest, bucket.register.properties().n());
    }
    return largest;
  }

  void fence(String bucket, long nanos) {
    fences.put(bucket, clock.nanoTime() + nanos);
  }

  boolean fenced(String bucket) {
    if (fences.isEmpty()) {
      return false;
    }
    Long until = fences.get(bucket);
    if (until != null && clock.nanoTime() - until >= 0) {
      fences.remove(bucket);
      return false;
    }
    return until != null;
  }
}
