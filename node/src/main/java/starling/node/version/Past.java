package starling.node.version;

import java.util.ArrayList;
import java.util.List;

/**
 * A set of seen events of one key: a version vector, and single dots that it does not cover. A
 * client's context holds it, a context query returns it, and an event replaces it. Immutable.
 *
 * <p>A past claims only events that were seen. A vector entry would claim all earlier events of the
 * actor too, so the context of a write that left siblings has it as a single dot.
 *
 * <ol>
 *   <li>Dots are strictly ascending, and the vector covers none of them.
 *   <li>It never claims more than its sources did together. Claiming less is always safe: a value
 *       that is not claimed remains as a sibling of the new one, and nothing is lost.
 * </ol>
 */
public record Past(VersionVector vector, List<Dot> dots) {
  /** Has seen nothing. */
  public static final Past EMPTY = new Past(VersionVector.EMPTY, List.of());

  public Past {
    dots = DotList.normal(dots, vector);
  }

  public static Past of(VersionVector vector) {
    return vector.isEmpty() ? EMPTY : new Past(vector, List.of());
  }

  /**
   * What a client may claim after its write was stored: the whole set's past only if its own
   * version is the only one; otherwise its earlier claim and its own dot, because it has not seen
   * the siblings of its version.
   */
  public static Past contextAfterWrite(Siblings stored, Dot own, Past given) {
    return stored.standsAlone(own) ? stored.past() : given.with(own);
  }

  public boolean isEmpty() {
    return vector.isEmpty() && dots.isEmpty();
  }

  public boolean covers(Dot dot) {
    return vector.covers(dot) || DotList.contains(dots, dot);
  }

  /** Whether it claims everything that the other claims. */
  public boolean covers(Past other) {
    if (!vector.covers(other.vector)) {
      return false;
    }
    for (Dot dot : other.dots) {
      if (!covers(dot)) {
        return false;
      }
    }
    return true;
  }

  public Past join(Past other) {
    if (other.isEmpty()) {
      return this;
    }
    if (isEmpty()) {
      return other;
    }
    VersionVector joined = vector.join(other.vector);
    return new Past(joined, DotList.union(dots, other.dots, joined));
  }

  /** This past and one single dot more. */
  public Past with(Dot dot) {
    if (covers(dot)) {
      return this;
    }
    List<Dot> more = new ArrayList<>(dots);
    more.add(dot);
    return new Past(vector, more);
  }

  /** The highest counter it names; a new event takes a higher one. */
  public long highestCounter() {
    return Math.max(vector.highestCounter(), DotList.highestCounter(dots));
  }
}
