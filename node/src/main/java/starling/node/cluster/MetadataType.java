package starling.node.cluster;

import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import starling.node.version.ContextKeys;
import starling.ring.RingFacts;

/**
 * One type of cluster metadata: how two values of one name are joined, how a value is checked, and
 * when a changed value takes effect on this node.
 *
 * @param name the name of the only value of this type; or, of a type of many values, the prefix of
 *     their names, which ends with a slash
 * @param join the least upper bound of two values
 * @param check throws where bytes are no value of this type
 */
public record MetadataType(
    String name, BinaryOperator<byte[]> join, Consumer<byte[]> check, Effect effect) {
  /** When a changed value takes effect. */
  public enum Effect {
    /** Once it is durable on this node. */
    WHEN_DURABLE,
    /** At once: a request that used it must be answered with it. */
    AT_ONCE,
    /** Never: it is only stored for others. It changes often, and is written seldom. */
    NONE
  }

  /** The owners of tokens: {@link RingFacts}. */
  public static final MetadataType RING =
      new MetadataType(
          "ring",
          (a, b) -> RingFacts.decode(a).join(RingFacts.decode(b)).encode(),
          RingFacts::decode,
          Effect.WHEN_DURABLE);

  /** The keys that contexts are signed with: {@link ContextKeys}. */
  public static final MetadataType CONTEXT_KEYS =
      new MetadataType(
          "context-keys",
          (a, b) -> ContextKeys.decode(a, 0).join(ContextKeys.decode(b, 0), 0).encode(),
          value -> ContextKeys.decode(value, 0),
          Effect.WHEN_DURABLE);

  /** The properties of buckets without their own, in force since the founding. */
  public static final MetadataType DEFAULTS =
      new MetadataType(
          "defaults", BucketRegister::join, BucketRegister::decode, Effect.WHEN_DURABLE);

  /** Followed by a bucket's name: a {@link BucketRegister}. */
  public static final MetadataType BUCKET =
      new MetadataType("bucket/", BucketRegister::join, BucketRegister::decode, Effect.AT_ONCE);

  /** Followed by a node's id: a {@link HintLocations}. */
  public static final MetadataType HINTS =
      new MetadataType("hints/", HintLocations::join, HintLocations::decode, Effect.WHEN_DURABLE);

  /** Followed by a node's id: its durable mark, {@link DurableMark}. */
  public static final MetadataType DURABLE_MARKS =
      new MetadataType(
          "shown/",
          (a, b) -> DurableMark.decode(a).join(DurableMark.decode(b)).encode(),
          DurableMark::decode,
          Effect.NONE);

  /** The name of one of many values. */
  public String of(Object which) {
    return name + which;
  }

  /** Whether a value of this name is of this type. */
  boolean covers(String valueName) {
    return name.endsWith("/") ? valueName.startsWith(name) : valueName.equals(name);
  }
}
