package starling.node.bench.storage;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What keys cost an engine that holds many of them: putting them all once, getting any of them from
 * memory and from a cold disk, heap, disk, and opening again. One engine after the other, 100 bytes
 * a value, the engines' caches as they are by default. Heap is what is used after a collection less
 * what was used before the store was opened; what an engine holds beside Java's heap is not in it.
 * Cold gets are the first of a store just opened, with the page cache dropped; that needs root. Of
 * a small store the kernel's reading ahead soon has all, so only figures of many keys tell much.
 */
final class KeyCosts {
  private static final int VALUE_BYTES = 100;
  private static final int LOAD_DEPTH = 1024;
  private static final int COLD_GETS = 2000;
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Options options;
  private final QuietDisk disk;
  private final ClientLoop client = new ClientLoop();
  private final Processor processor = new Processor();
  private final MemoryMXBean memory = ManagementFactory.getMemoryMXBean();

  /**
   * What one engine costs; a figure that could not be taken is not a number.
   *
   * @param openMillis to the first get, after a clean stop, files being in the page cache
   * @param rebuildMillis the same with the index thrown away
   */
  record Costs(
      EngineKind engine,
      int keys,
      double loadPerSecond,
      double loadCpuMicros,
      double heapBytesPerKey,
      double diskBytesPerKey,
      double hotGetMicros,
      double hotGetCpuMicros,
      double openMillis,
      double rebuildMillis,
      double coldP50Micros,
      double coldP99Micros) {}

  KeyCosts(Options options, QuietDisk disk) {
    this.options = options;
    this.disk = disk;
  }

  List<Costs> run() throws Exception {
    List<Costs> all = new ArrayList<>();
    for (EngineKind kind : options.engines()) {
      if (kind.findsKeys() && kind != EngineKind.STARLING_REPLICATED) {
        Path directory = options.directory().resolve("keys-" + kind.name());
        disk.await(TIMEOUT_NANOS);
        Costs costs = measure(kind, directory);
        System.out.println(costs);
        all.add(costs);
      }
    }
    return all;
  }

  private Costs measure(EngineKind kind, Path directory) throws Exception {
    Workload workload = new Workload(options.keys(), VALUE_BYTES, 7);
    int keys = workload.keys();
    long heapBefore = usedHeap();
    Engine engine = kind.open(directory, client);
    ClosedLoop.Outcome load;
    double heap;
    double hotMicros;
    double hotCpuMicros;
    try {
      load = new ClosedLoop(client).load(engine, workload, LOAD_DEPTH);
      heap = (usedHeap() - heapBefore) / (double) keys;
      gets(engine, workload, options.cellNanos());
      long cpu = processor.nanos();
      Histogram hot = gets(engine, workload, options.cellNanos());
      hotCpuMicros = (processor.nanos() - cpu) / 1e3 / hot.getTotalCount();
      hotMicros = hot.getMean() / 1e3;
    } finally {
      engine.close();
    }
    double disk = Trees.bytes(directory) / (double) keys;
    double openMillis = openMillis(kind, directory, workload);
    double rebuildMillis = Double.NaN;
    if (kind == EngineKind.STARLING && OwnStore.throwIndexAway(directory)) {
      rebuildMillis = openMillis(kind, directory, workload);
    }
    Histogram cold = cold(kind, directory, workload);
    return new Costs(
        kind,
        keys,
        load.putsPerSecond(),
        load.cpuMicros(),
        heap,
        disk,
        hotMicros,
        hotCpuMicros,
        openMillis,
        rebuildMillis,
        cold.getTotalCount() == 0 ? Double.NaN : cold.getValueAtPercentile(50) / 1e3,
        cold.getTotalCount() == 0 ? Double.NaN : cold.getValueAtPercentile(99) / 1e3);
  }

  private double openMillis(EngineKind kind, Path directory, Workload workload) throws Exception {
    long begun = System.nanoTime();
    try (Engine engine = kind.open(directory, client)) {
      get(engine, workload);
      return (System.nanoTime() - begun) / 1e6;
    }
  }

  private Histogram cold(EngineKind kind, Path directory, Workload workload) throws Exception {
    Histogram histogram = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    try (Engine engine = kind.open(directory, client)) {
      if (!PageCache.drop()) {
        System.out.println("COLD GETS SKIPPED: only root may drop the page cache");
        return histogram;
      }
      for (int i = 0; i < COLD_GETS; i++) {
        long begun = System.nanoTime();
        get(engine, workload);
        histogram.recordValue(System.nanoTime() - begun);
      }
    }
    return histogram;
  }

  private static Histogram gets(Engine engine, Workload workload, long nanos) throws Exception {
    Histogram histogram = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    long end = System.nanoTime() + nanos;
    for (long now = System.nanoTime(); now < end; ) {
      get(engine, workload);
      long then = System.nanoTime();
      histogram.recordValue(then - now);
      now = then;
    }
    return histogram;
  }

  private static void get(Engine engine, Workload workload) throws Exception {
    byte[] value = engine.get(workload.anyKey());
    if (value == null || value.length != VALUE_BYTES) {
      throw new IllegalStateException("a key that was put is not there");
    }
  }

  private long usedHeap() throws InterruptedException {
    processor.untilQuiet();
    memory.gc();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }
}
