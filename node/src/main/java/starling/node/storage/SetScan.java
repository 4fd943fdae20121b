package starling.node.storage;

import org.jspecify.annotations.Nullable;

/**
 * Which keys of a range a caller wants with their sets, and how many at a time.
 *
 * @param after begins after this key, or with the first of the range
 * @param maxKeys a page ends with so many kept keys, or when as many were looked at
 * @param maxBytes a page ends when the kept bytes are so many or more
 */
public record SetScan(
    PositionRange range, @Nullable Key after, int maxKeys, int maxBytes, Filter filter) {
  /**
   * Chooses keys, and the part of a set that a page holds. Called on a reader's thread; must be
   * pure.
   */
  public interface Filter {
    /** Whether the set of the key is read at all. */
    boolean wanted(Key key);

    /** The part of a set that the page holds; null leaves the key out. */
    byte @Nullable [] kept(byte[] set);
  }
}
