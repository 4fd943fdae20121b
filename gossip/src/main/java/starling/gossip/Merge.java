package starling.gossip;

/**
 * What the shared facts mean; gossip itself never looks inside them. The join of two values is
 * commutative, associative and idempotent and depends on nothing but its arguments, or nodes would
 * never agree. Bytes that are no value of the fact are answered with an {@link
 * IllegalArgumentException}; they are then not taken.
 */
@FunctionalInterface
public interface Merge {
  /** The least value that contains both. Must not change its arguments; may return one of them. */
  byte[] join(String name, byte[] a, byte[] b);

  /** Throws like {@link #join} if these bytes are no value of the fact. */
  default void check(String name, byte[] value) {}
}
