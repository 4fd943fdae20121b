package starling.gossip.cluster;

import java.util.Set;

/**
 * The meaning of the shared facts; gossip itself never looks inside them. The join of two values is
 * commutative, associative and idempotent and depends on nothing but its arguments, or nodes would
 * never agree. Bytes that are no value of the fact cause an {@link IllegalArgumentException} and
 * are ignored.
 */
@FunctionalInterface
public interface Merge {
  /** The least upper bound of both. Must not change its arguments; may return one of them. */
  byte[] join(String name, byte[] a, byte[] b);

  /** Throws like {@link #join} if these bytes are no value of the fact. */
  default void check(String name, byte[] value) {}

  /** Whether a node that knows the facts of these names can take part in their cluster. */
  default boolean suffices(Set<String> names) {
    return true;
  }
}
