package starling.node.bench.storage;

import java.nio.file.Path;
import java.util.List;

/**
 * How much is measured.
 *
 * @param directory where stores are made, on the disk to be measured
 * @param keys how many there are
 * @param cellNanos how long one engine is measured at one depth in one round
 */
record Options(
    Path directory,
    int keys,
    List<EngineKind> engines,
    List<Integer> valueBytes,
    List<Integer> depths,
    int rounds,
    long cellNanos) {
  Options {
    engines = List.copyOf(engines);
    valueBytes = List.copyOf(valueBytes);
    depths = List.copyOf(depths);
  }
}
