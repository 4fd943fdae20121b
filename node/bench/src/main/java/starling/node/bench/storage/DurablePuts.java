package starling.node.bench.storage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Durable puts by engine, value size and puts in flight. All engines of a size are open at once,
 * each in a directory of its own, and warmed up; then every round measures, depth by depth, one
 * engine after the other, so that what else happens on the machine meets all of them. Between two
 * measurements the process becomes quiet, the disk's caches are written out, and the disk becomes
 * quiet too. Keys are random over all; stores begin empty, and what warming up and earlier cells
 * put stays in them. Stores are deleted when all is over, since deleting disturbs the disk.
 */
final class DurablePuts {
  private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final int[] WARM_UP_DEPTHS = {256, 1};

  private final Options options;
  private final ClientLoop client = new ClientLoop();
  private final ClosedLoop loop = new ClosedLoop(client);

  private final QuietDisk disk;

  DurablePuts(Options options, QuietDisk disk) {
    this.options = options;
    this.disk = disk;
  }

  List<PutCell> run() throws Exception {
    List<PutCell> cells = new ArrayList<>();
    for (int bytes : options.valueBytes()) {
      cells.addAll(run(bytes));
    }
    return cells;
  }

  private List<PutCell> run(int valueBytes) throws Exception {
    Path directory = options.directory().resolve("puts-" + valueBytes);
    Workload workload = new Workload(options.keys(), valueBytes, valueBytes);
    Map<EngineKind, Engine> engines = new EnumMap<>(EngineKind.class);
    List<PutCell> cells = new ArrayList<>();
    try {
      for (EngineKind kind : options.engines()) {
        Engine engine = kind.open(directory.resolve(kind.name()), client);
        engines.put(kind, engine);
        for (int depth : WARM_UP_DEPTHS) {
          loop.run(engine, workload, depth, WARM_UP_NANOS);
        }
      }
      for (int depth : options.depths()) {
        for (EngineKind kind : options.engines()) {
          cells.add(new PutCell(kind, valueBytes, depth, new ArrayList<>(), new ArrayList<>()));
        }
      }
      for (int round = 0; round < options.rounds(); round++) {
        for (int depth : options.depths()) {
          round(engines, workload, cells.stream().filter(c -> c.inFlight() == depth).toList());
        }
      }
    } finally {
      for (Engine engine : engines.values()) {
        engine.close();
      }
    }
    return cells;
  }

  private void round(Map<EngineKind, Engine> engines, Workload workload, List<PutCell> cells)
      throws Exception {
    double rocks = Double.NaN;
    List<ClosedLoop.Outcome> outcomes = new ArrayList<>();
    for (PutCell cell : cells) {
      PageCache.writeOut();
      disk.await(TIMEOUT_NANOS);
      Engine engine = engines.get(cell.engine());
      if (engine == null) {
        throw new IllegalStateException("not open: " + cell.engine());
      }
      ClosedLoop.Outcome outcome = loop.run(engine, workload, cell.inFlight(), options.cellNanos());
      outcomes.add(outcome);
      cell.rounds().add(outcome);
      rocks = cell.engine() == EngineKind.ROCKSDB ? outcome.putsPerSecond() : rocks;
      System.out.printf(
          "%6d B, %3d in flight, %-30s %,10.0f puts/s, p50 %,8.0f us, p99 %,8.0f us, CPU %7.2f us%n",
          cell.valueBytes(),
          cell.inFlight(),
          cell.engine().label,
          outcome.putsPerSecond(),
          outcome.p50Micros(),
          outcome.p99Micros(),
          outcome.cpuMicros());
    }
    for (int i = 0; i < cells.size() && !Double.isNaN(rocks); i++) {
      cells.get(i).toRocksDb().add(outcomes.get(i).putsPerSecond() / rocks);
    }
  }
}
