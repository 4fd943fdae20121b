package starling.node.bench.storage;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import starling.node.storage.Completion;
import starling.node.storage.StorageFailure;

/**
 * Keeps so many puts in flight for a time: each completion begins the next put. Latency is from
 * just before the put to its completion on the client's thread; a closed loop slows down with the
 * engine, so its percentiles say nothing of a load that does not. Processor time is that of the
 * whole process, the client's share included, until it is quiet again.
 */
final class ClosedLoop {
  private final ClientLoop client;
  private final Processor processor = new Processor();

  ClosedLoop(ClientLoop client) {
    this.client = client;
  }

  /** What came of it. */
  record Outcome(
      double putsPerSecond, double p50Micros, double p99Micros, double cpuMicros, long puts) {}

  Outcome run(Engine engine, Workload workload, int inFlight, long nanos)
      throws InterruptedException {
    return run(engine, workload, inFlight, Long.MAX_VALUE, nanos, false);
  }

  /** Puts every key of the workload once, in order of their numbers. */
  Outcome load(Engine engine, Workload workload, int inFlight) throws InterruptedException {
    return run(engine, workload, inFlight, workload.keys(), TimeUnit.HOURS.toNanos(10), true);
  }

  private Outcome run(
      Engine engine, Workload workload, int inFlight, long most, long nanos, boolean inOrder)
      throws InterruptedException {
    long cpu = processor.nanos();
    Run run = new Run(engine, workload, most, System.nanoTime() + nanos, inOrder);
    long begun = System.nanoTime();
    for (int i = 0; i < inFlight; i++) {
      run.next(run.new Slot(), System.nanoTime());
    }
    client.runUntil(() -> run.underWay == 0);
    double seconds = (System.nanoTime() - begun) / 1e9;
    processor.untilQuiet();
    double cpuMicros = (processor.nanos() - cpu) / 1e3;
    long puts = run.latencies.getTotalCount();
    return new Outcome(
        puts / seconds,
        run.latencies.getValueAtPercentile(50) / 1e3,
        run.latencies.getValueAtPercentile(99) / 1e3,
        cpuMicros / puts,
        puts);
  }

  private static final class Run {
    final Histogram latencies = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    final Engine engine;
    final Workload workload;
    final long most;
    final long end;
    final boolean inOrder;
    long begun;
    int underWay;

    Run(Engine engine, Workload workload, long most, long end, boolean inOrder) {
      this.engine = engine;
      this.workload = workload;
      this.most = most;
      this.end = end;
      this.inOrder = inOrder;
    }

    void next(Slot slot, long now) {
      if (begun < most && now < end) {
        underWay++;
        slot.since = now;
        var key = inOrder ? workload.key((int) begun) : workload.anyKey();
        begun++;
        engine.put(key, workload.anyValue(), slot);
      }
    }

    /** One of the puts in flight, used again for the next. */
    final class Slot implements Completion {
      long since;

      @Override
      public void completed(@Nullable StorageFailure failure) {
        if (failure != null) {
          throw new IllegalStateException(failure.reason());
        }
        long now = System.nanoTime();
        latencies.recordValue(now - since);
        underWay--;
        next(this, now);
      }
    }
  }
}
