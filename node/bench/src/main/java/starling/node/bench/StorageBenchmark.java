package starling.node.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import starling.node.port.Clock;
import starling.node.port.Timers;
import starling.node.runtime.storage.FileDisk;
import starling.node.runtime.storage.StorageThreads;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.LogStorage;
import starling.node.storage.AppendRejection;
import starling.node.storage.CorruptRange;
import starling.node.storage.StorageConfig;
import starling.node.storage.StorageFailure;
import starling.node.storage.StorageListener;
import starling.node.storage.StoragePorts;

/**
 * What an append and a read of the log cost on a real disk: one owner thread keeps so many appends
 * of 100 bytes in flight, over 100,000 keys. Wall time follows the disk's fsync; the processor time
 * of the whole process, printed after each iteration, is what to compare. The aim is 5 us a put.
 *
 * <pre>
 * mvn -q -Pbench -pl node/bench -am -DskipTests package
 * java -jar node/bench/target/benchmarks.jar StorageBenchmark
 * </pre>
 *
 * Files lie in a new directory under {@code java.io.tmpdir}: set that to the disk to be measured.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class StorageBenchmark {
  private static final int BATCH = 8192;
  private static final int KEYS = 100_000;

  @Param({"SYNCED", "REPLICATED"})
  public Durability durability = Durability.SYNCED;

  @Param({"1", "64"})
  public int inFlight = 1;

  private final BlockingQueue<Runnable> owner = new LinkedBlockingQueue<>();
  private final List<Runnable> turn = new ArrayList<>();
  private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1);
  private final StorageThreads threads = StorageThreads.start("storage");
  private final SplittableRandom random = new SplittableRandom(3);
  private final Key[] keys = new Key[KEYS];
  private final byte[] set = new byte[100];

  private @Nullable Path directory;
  private @Nullable LogStorage storage;
  private int asked;
  private int completed;
  private long cpuNanos;
  private long operations;

  @Setup
  public void open() throws IOException, InterruptedException {
    directory = Files.createTempDirectory("starling-storage");
    random.nextBytes(set);
    for (int i = 0; i < KEYS; i++) {
      byte[] key = new byte[16];
      random.nextBytes(key);
      keys[i] = new Key("bucket", key, random.nextLong());
    }
    LogStorage opened =
        LogStorage.open(
            FileDisk.open(directory),
            StorageConfig.of(new UUID(1, 2), "boot"),
            threads.with(owner::add),
            new StoragePorts(timers(), clock(), random),
            new Fatal());
    storage = opened;
    // All keys are there before anything is measured.
    for (int i = 0; i < KEYS; i += 1000) {
      completed = 0;
      for (int j = i; j < i + 1000; j++) {
        append(opened, keys[j], Durability.REPLICATED, () -> {});
      }
      runUntilCompleted(1000);
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void put() throws InterruptedException {
    LogStorage opened = opened();
    completed = 0;
    for (asked = 0; asked < inFlight; ) {
      putNext(opened);
    }
    runUntilCompleted(BATCH);
    operations += BATCH;
  }

  @Benchmark
  public void read(Blackhole sink) {
    opened().read(keys[random.nextInt(KEYS)], sink::consume);
    operations++;
  }

  private void putNext(LogStorage opened) {
    if (asked < BATCH) {
      asked++;
      append(opened, keys[random.nextInt(KEYS)], durability, () -> putNext(opened));
    }
  }

  private void append(LogStorage opened, Key key, Durability how, Runnable then) {
    int partition = (int) (key.position() >>> 54);
    AppendRejection refused =
        opened.append(
            key,
            partition,
            1,
            set,
            how,
            failure -> {
              completed++;
              then.run();
            });
    if (refused != null) {
      throw new IllegalStateException("refused: " + refused);
    }
  }

  private void runUntilCompleted(int count) throws InterruptedException {
    while (completed < count) {
      turn.add(owner.take());
      owner.drainTo(turn);
      turn.forEach(Runnable::run);
      turn.clear();
    }
  }

  @Setup(Level.Iteration)
  public void beginIteration() {
    cpuNanos = processCpuNanos();
    operations = 0;
  }

  @TearDown(Level.Iteration)
  public void endIteration() {
    double micros = (processCpuNanos() - cpuNanos) / 1e3 / Math.max(1, operations);
    System.out.printf("[%.2f us of processor time each] ", micros);
  }

  @TearDown
  public void close() throws IOException, InterruptedException {
    completed = 0;
    opened().close(() -> completed++);
    runUntilCompleted(1);
    threads.close();
    timer.shutdown();
    if (directory != null) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private LogStorage opened() {
    if (storage == null) {
      throw new IllegalStateException("not open");
    }
    return storage;
  }

  private static long processCpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private Timers timers() {
    return (delayNanos, task) -> {
      var waiting = timer.schedule(() -> owner.add(task), delayNanos, TimeUnit.NANOSECONDS);
      return () -> waiting.cancel(false);
    };
  }

  private static Clock clock() {
    return new Clock() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public long wallMillis() {
        return System.currentTimeMillis();
      }
    };
  }

  /** Nothing may go wrong while measuring. */
  private static final class Fatal implements StorageListener {
    @Override
    public void failed(StorageFailure failure) {
      throw new IllegalStateException(failure.reason());
    }

    @Override
    public void onCorruptRange(CorruptRange range) {
      throw new IllegalStateException(range.reason());
    }
  }
}
