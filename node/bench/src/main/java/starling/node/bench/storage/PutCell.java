package starling.node.bench.storage;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One engine at one value size and depth: what each round measured.
 *
 * @param toRocksDb puts per second over RocksDB's in the same round, at the same size and depth
 */
record PutCell(
    EngineKind engine,
    int valueBytes,
    int inFlight,
    List<ClosedLoop.Outcome> rounds,
    List<Double> toRocksDb) {
  double median(ToDoubleFunction<ClosedLoop.Outcome> figure) {
    return Medians.of(rounds.stream().map(figure::applyAsDouble).toList());
  }

  double medianToRocksDb() {
    return Medians.of(toRocksDb);
  }
}
