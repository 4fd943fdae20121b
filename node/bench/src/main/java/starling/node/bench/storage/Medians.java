package starling.node.bench.storage;

import java.util.List;

/** The middle of some figures, which one disturbed round does not move far. */
final class Medians {
  private Medians() {}

  /** Not a number if there is none. */
  static double of(List<Double> figures) {
    if (figures.isEmpty()) {
      return Double.NaN;
    }
    List<Double> sorted = figures.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
