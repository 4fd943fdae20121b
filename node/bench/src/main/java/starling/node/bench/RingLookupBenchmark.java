package starling.node.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import starling.ring.Positions;
import starling.ring.PreferenceLists;
import starling.ring.Ring;
import starling.ring.RingNode;
import starling.ring.TokenAllocation;

/**
 * What it takes to find the replicas of a key among 1,000 nodes in 32,768 partitions, over keys
 * enough that the lists do not stay in the nearest cache: the position alone, the preference list
 * of a known position, and both together, which every request pays. The aim is 100 ns.
 *
 * <pre>
 * mvn -q -Pbench -pl node/bench -am -DskipTests package
 * java -jar node/bench/target/benchmarks.jar RingLookup
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RingLookupBenchmark {
  private static final int NODES = 1_000;
  private static final int PARTITIONS = 32_768;
  private static final int REPLICAS = 3;
  private static final int KEYS = 1 << 16;

  private final byte[] bucket = "default".getBytes(StandardCharsets.UTF_8);
  private final byte[][] keys = new byte[KEYS][];
  private final long[] positions = new long[KEYS];
  private Ring ring = Ring.of(0, List.of(), List.of());
  private int next;

  @Setup
  public void found() {
    List<RingNode> nodes = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      nodes.add(RingNode.normal(new UUID(i * 0x9e3779b97f4a7c15L, i)));
    }
    ring = Ring.of(1, nodes, TokenAllocation.found(PARTITIONS, nodes, REPLICAS));
    for (int i = 0; i < KEYS; i++) {
      keys[i] = String.format("user:%012d", i).getBytes(StandardCharsets.UTF_8);
      positions[i] = Positions.position(bucket, keys[i]);
    }
  }

  @Benchmark
  public long position() {
    return Positions.position(bucket, keys[next()]);
  }

  @Benchmark
  public void list(Blackhole sink) {
    consume(positions[next()], sink);
  }

  @Benchmark
  public void positionAndList(Blackhole sink) {
    consume(Positions.position(bucket, keys[next()]), sink);
  }

  @Benchmark
  public List<UUID> positionAndListOfIds() {
    long position = Positions.position(bucket, keys[next()]);
    return ring.preferenceList(ring.partition(position), REPLICAS);
  }

  private void consume(long position, Blackhole sink) {
    PreferenceLists lists = ring.preferenceLists(REPLICAS);
    int partition = ring.partition(position);
    for (int place = 0; place < lists.width(); place++) {
      sink.consume(lists.node(partition, place));
    }
  }

  private int next() {
    next = (next + 1) & (KEYS - 1);
    return next;
  }
}
