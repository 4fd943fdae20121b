package starling.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * CPU of the client and of the nodes of a real cluster per operation, with 64 operations in flight:
 * half reads and half writes of 1 KiB with a context. By turns requests go where the client routes
 * them and, as without routing, to any node. Arguments: seconds of a window, pairs of windows,
 * addresses of nodes, process ids of nodes; the lists are separated by commas.
 */
final class RoutingBench {
  private static final int IN_FLIGHT = 64;
  private static final int KEYS = 20_000;
  private static final long TICKS_PER_SECOND = 100; // of /proc, on every Linux

  private final List<Integer> pids;
  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();

  private RoutingBench(List<Integer> pids) {
    this.pids = pids;
  }

  public static void main(String[] arguments) throws Exception {
    Duration window = Duration.ofSeconds(Long.parseLong(arguments[0]));
    int pairs = Integer.parseInt(arguments[1]);
    String[] endpoints = arguments[2].split(",");
    List<Integer> pids = Arrays.stream(arguments[3].split(",")).map(Integer::valueOf).toList();
    RoutingBench bench = new RoutingBench(pids);
    List<Endpoint> any = Arrays.stream(endpoints).map(Endpoint::parse).toList();
    try (Starling routed = client(Transport.vertx(), endpoints);
        Starling unrouted = client(new AnyNode(any), endpoints)) {
      bench.load(routed);
      for (int pair = 0; pair < pairs; pair++) {
        bench.window(routed, "routed", window);
        bench.window(unrouted, "unrouted", window);
      }
    }
  }

  private static Starling client(Transport transport, String... endpoints) {
    return Starling.builder().endpoints(endpoints).transport(transport).build();
  }

  private void load(Starling starling) throws InterruptedException {
    Bucket<byte[]> bucket = starling.bucket("routing");
    Semaphore free = new Semaphore(IN_FLIGHT);
    for (int key = 0; key < KEYS; key++) {
      free.acquire();
      var unused =
          bucket.put("k" + key, value()).whenComplete((written, failure) -> free.release());
    }
    free.acquire(IN_FLIGHT);
  }

  private void window(Starling starling, String name, Duration length) throws Exception {
    Bucket<byte[]> bucket = starling.bucket("routing");
    done.reset();
    failed.reset();
    long servers = ticks(pids);
    long own = ownNanos();
    long start = System.nanoTime();
    long end = start + length.toNanos();
    List<CompletableFuture<Void>> loops = new ArrayList<>();
    for (int i = 0; i < IN_FLIGHT; i++) {
      CompletableFuture<Void> loop = new CompletableFuture<>();
      next(bucket, end, loop);
      loops.add(loop);
    }
    CompletableFuture.allOf(loops.toArray(CompletableFuture[]::new)).get();
    double seconds = (System.nanoTime() - start) / 1e9;
    long operations = done.sum();
    System.out.printf(
        Locale.ROOT,
        "%-8s %7.0f ops/s, us of CPU per operation: client %5.1f, nodes %6.1f, failed %d%n",
        name,
        operations / seconds,
        (ownNanos() - own) / 1e3 / operations,
        (ticks(pids) - servers) * 1e6 / TICKS_PER_SECOND / operations,
        failed.sum());
  }

  /** A read, then a write with what it has read, until the end. */
  private void next(Bucket<byte[]> bucket, long end, CompletableFuture<Void> loop) {
    if (System.nanoTime() >= end) {
      loop.complete(null);
      return;
    }
    String key = "k" + ThreadLocalRandom.current().nextInt(KEYS);
    var unused =
        bucket
            .get(key)
            .thenCompose(
                reading -> {
                  done.increment();
                  return bucket.put(reading, value());
                })
            .whenComplete(
                (written, failure) -> {
                  (failure == null ? done : failed).increment();
                  next(bucket, end, loop);
                });
  }

  private static byte[] value() {
    byte[] value = new byte[1024];
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) ('a' + random.nextInt(26));
    }
    return value;
  }

  private static long ownNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }

  /** User and system time of the processes, in ticks. */
  private static long ticks(List<Integer> pids) throws IOException {
    long sum = 0;
    for (int pid : pids) {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), US_ASCII);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      sum += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }
    return sum;
  }

  /** Sends requests for keys to any node, as a client does that knows no ring. */
  private static final class AnyNode extends Transport {
    private final List<Endpoint> nodes;

    AnyNode(List<Endpoint> nodes) {
      this.nodes = nodes;
    }

    @Override
    Wire open(@Nullable Tls tls) {
      Wire wire = Transport.vertx().open(tls);
      return new Wire() {
        @Override
        public boolean execute(Runnable task) {
          return wire.execute(task);
        }

        @Override
        public boolean onOwnThread() {
          return wire.onOwnThread();
        }

        @Override
        public void after(long millis, Runnable task) {
          wire.after(millis, task);
        }

        @Override
        public long nanos() {
          return wire.nanos();
        }

        @Override
        public void send(Endpoint node, WireRequest request, Sink sink) {
          boolean ofKey = request.target().startsWith("/api/v1/buckets/");
          int any = ThreadLocalRandom.current().nextInt(nodes.size());
          wire.send(ofKey ? nodes.get(any) : node, request, sink);
        }

        @Override
        public void retire(Endpoint node) {
          wire.retire(node);
        }

        @Override
        public CompletableFuture<Void> close() {
          return wire.close();
        }
      };
    }
  }
}
