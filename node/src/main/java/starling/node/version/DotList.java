package starling.node.version;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Single dots beside a vector, as an immutable list: strictly ascending in canonical order, and
 * none that the vector beside them covers already. Both {@link Past} and {@link Siblings} keep
 * theirs in this form, so that equal knowledge has equal bytes.
 */
final class DotList {
  private DotList() {}

  /** These dots in canonical form beside this vector. */
  static List<Dot> normal(List<Dot> dots, VersionVector vector) {
    if (dots.isEmpty()) {
      return List.of();
    }
    List<Dot> kept = new ArrayList<>(dots.size());
    for (Dot dot : dots) {
      if (!vector.covers(dot)) {
        kept.add(dot);
      }
    }
    Collections.sort(kept);
    for (int i = kept.size() - 1; i > 0; i--) {
      if (kept.get(i).equals(kept.get(i - 1))) {
        kept.remove(i);
      }
    }
    return List.copyOf(kept);
  }

  /** The union of two lists in canonical form, beside this vector. */
  static List<Dot> union(List<Dot> a, List<Dot> b, VersionVector vector) {
    if (a.isEmpty() && b.isEmpty()) {
      return List.of();
    }
    List<Dot> both = new ArrayList<>(a.size() + b.size());
    both.addAll(a);
    both.addAll(b);
    return normal(both, vector);
  }

  static boolean contains(List<Dot> ascending, Dot dot) {
    return !ascending.isEmpty() && Collections.binarySearch(ascending, dot) >= 0;
  }

  static long highestCounter(List<Dot> dots) {
    long highest = 0;
    for (Dot dot : dots) {
      highest = Math.max(highest, dot.counter());
    }
    return highest;
  }
}
