package starling.node.bench.client;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import starling.client.Bucket;
import starling.client.Starling;

/**
 * What one operation of the client costs this process in CPU, at a fixed number in flight, against
 * nodes that run elsewhere: {@code ClientCost HOST:PORT[,…] [in-flight] [seconds] [value bytes]}.
 * Prints one line for gets and one for puts, after a warm-up of the same length.
 */
public final class ClientCost {
  private static final int KEYS = 1000;

  private final Bucket<byte[]> bucket;
  private final int inFlight;
  private final byte[] value;

  private ClientCost(Bucket<byte[]> bucket, int inFlight, int valueBytes) {
    this.bucket = bucket;
    this.inFlight = inFlight;
    this.value = new byte[valueBytes];
  }

  public static void main(String[] args) throws InterruptedException {
    int inFlight = args.length > 1 ? Integer.parseInt(args[1]) : 64;
    int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    int valueBytes = args.length > 3 ? Integer.parseInt(args[3]) : 1024;
    try (Starling starling = Starling.connect(args[0].split(",", -1))) {
      ClientCost cost = new ClientCost(starling.bucket("bench"), inFlight, valueBytes);
      cost.run(false, seconds);
      for (int round = 0; round < 3; round++) {
        System.out.println("put " + cost.run(false, seconds));
        System.out.println("get " + cost.run(true, seconds));
      }
    }
  }

  private String run(boolean read, int seconds) throws InterruptedException {
    Semaphore places = new Semaphore(inFlight);
    AtomicLong failed = new AtomicLong();
    AtomicInteger extra = new AtomicInteger();
    AtomicInteger count = new AtomicInteger();
    long[] micros = new long[1 << 20];
    SplittableRandom random = new SplittableRandom(1);
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long begunCpu = system.getProcessCpuTime();
    long begun = System.nanoTime();
    long end = begun + seconds * 1_000_000_000L;
    while (System.nanoTime() < end) {
      places.acquire();
      String key = "key-" + random.nextInt(KEYS);
      long sent = System.nanoTime();
      var unused =
          (read
                  ? bucket.get(key).thenApply(reading -> reading.attempts())
                  : bucket.put(key, value).thenApply(written -> written.attempts()))
              .whenComplete(
                  (attempts, failure) -> {
                    if (failure != null) {
                      failed.incrementAndGet();
                    } else {
                      extra.addAndGet(attempts.list().size() - 1);
                      int at = count.getAndIncrement();
                      micros[at % micros.length] = (System.nanoTime() - sent) / 1000;
                    }
                    places.release();
                  });
    }
    places.acquire(inFlight);
    long cpu = system.getProcessCpuTime() - begunCpu;
    double took = (System.nanoTime() - begun) / 1e9;
    int done = count.get();
    long[] sorted = Arrays.copyOf(micros, Math.min(done, micros.length));
    Arrays.sort(sorted);
    return String.format(
        Locale.ROOT,
        "%.1f us of CPU per operation, %.0f operations/s, p50 %d us, p99 %d us, %d failed, %d extra"
            + " requests",
        cpu / 1000.0 / Math.max(1, done),
        done / took,
        sorted.length == 0 ? 0 : sorted[sorted.length / 2],
        sorted.length == 0 ? 0 : sorted[(int) (sorted.length * 0.99)],
        failed.get(),
        extra.get());
  }
}
