package starling.node.sim;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import starling.node.sim.check.CoverageMarks;
import starling.node.sim.check.Exemption;

/**
 * Many seeds on some threads; each seed runs in one thread and knows nothing of the others. Sums up
 * what they did and how fast it went.
 */
final class Swarm {
  /** So many requests one single run may need excused. */
  private static final int SLACK = 100;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final SortedMap<Long, String> wrong = new TreeMap<>();
  private final CoverageMarks probes = new CoverageMarks();
  private final Map<Exemption, Long> excused = new EnumMap<>(Exemption.class);
  private int seeds;
  private long acknowledged;
  private long reads;
  private long virtualMillis;
  private long events;
  private long cpuNanos;
  private long wallNanos;

  /** Runs so many seeds from this one on, so many at a time. */
  void run(long first, int count, int workers) throws Exception {
    long begun = System.nanoTime();
    ExecutorService pool = Executors.newFixedThreadPool(workers);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (long seed = first; seed < first + count; seed++) {
        long each = seed;
        all.add(pool.submit(() -> run(each)));
      }
      for (Future<?> one : all) {
        Object unused = one.get();
      }
    } finally {
      pool.shutdownNow();
    }
    wallNanos += System.nanoTime() - begun;
  }

  private void run(long seed) {
    long cpu = threads.getCurrentThreadCpuTime();
    SwarmRun.Result result = null;
    String broken = null;
    try {
      result = new SwarmRun(seed).run(null);
    } catch (AssertionError failed) {
      broken = failed.getMessage();
    }
    add(seed, result, broken, threads.getCurrentThreadCpuTime() - cpu);
  }

  private synchronized void add(
      long seed, SwarmRun.@Nullable Result result, @Nullable String broken, long nanos) {
    seeds++;
    cpuNanos += nanos;
    if (broken != null) {
      wrong.put(seed, broken);
    }
    if (result != null) {
      acknowledged += result.acknowledged();
      reads += result.reads();
      virtualMillis += result.virtualMillis();
      events += result.events();
      probes.addAll(result.probes());
      result.excused().forEach((line, count) -> excused.merge(line, count, Long::sum));
    }
  }

  /** What went wrong, with seeds. */
  List<String> wrong() {
    return List.copyOf(wrong.values());
  }

  long firstWrong() {
    return wrong.firstKey();
  }

  /** The lines that have excused more requests than they may. */
  List<String> excusedTooMany() {
    List<String> tooMany = new ArrayList<>();
    excused.forEach(
        (line, count) -> {
          if (count > SLACK + line.bound() * (acknowledged + reads)) {
            tooMany.add(line + " excused " + count + ": " + line.sentence());
          }
        });
    return tooMany;
  }

  CoverageMarks probes() {
    return probes;
  }

  long acknowledged() {
    return acknowledged;
  }

  long reads() {
    return reads;
  }

  @Override
  public String toString() {
    double cpuSeconds = Math.max(1, cpuNanos) / 1e9;
    return String.format(
        Locale.ROOT,
        "%d seeds, %d wrong: %.0f simulated seconds, %d writes, %d reads, %d events in %.0f s;"
            + " %.0f simulated seconds and %.0f events per CPU second%nexcused %s of %d requests%n%s",
        seeds,
        wrong.size(),
        virtualMillis / 1e3,
        acknowledged,
        reads,
        events,
        wallNanos / 1e9,
        virtualMillis / 1e3 / cpuSeconds,
        events / cpuSeconds,
        excused,
        acknowledged + reads,
        probes);
  }
}
