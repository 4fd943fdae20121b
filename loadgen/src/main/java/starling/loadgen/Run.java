package starling.loadgen;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import starling.client.Starling;
import starling.loadgen.workload.OperationKind;
import starling.loadgen.workload.Operations;

/**
 * Executes a plan: load, warm-up, measurement. A single thread waits and reads; operations run on
 * the client's thread.
 */
final class Run {
  private static final long END_MILLIS = 65_000;
  private static final long POLL_MILLIS = 5;
  private static final long EVENTS_NANOS = 50_000_000;

  private final RunPlan plan;
  private final Timings timings;
  private final CpuTime cpu;
  private final Events events;
  private final OutputDirectory out;
  private final PrintWriter err;
  private final RunResult result;

  Run(
      RunPlan plan,
      Timings timings,
      CpuTime cpu,
      Events events,
      OutputDirectory out,
      PrintWriter err) {
    this.plan = plan;
    this.timings = timings;
    this.cpu = cpu;
    this.events = events;
    this.out = out;
    this.err = err;
    this.result = new RunResult(plan);
  }

  RunResult execute(Starling starling) throws InterruptedException {
    Operations operations =
        new Operations(
            plan.workload(), plan.distribution(), plan.records(), plan.valueBytes(), plan.seed());
    Target target = Target.of(starling, plan.bucket());
    if (plan.load()) {
      new Loading(operations, target, plan.records(), err).execute();
    }
    List<OperationKind> kinds = plan.workload().kinds();
    try (Load load =
        plan.concurrency() > 0
            ? new ClosedLoad(operations, target, kinds, plan.concurrency())
            : new OpenLoad(operations, target, kinds, plan.rate())) {
      load.start();
      warmUp(load);
      measure(load);
    }
    return result;
  }

  private void warmUp(Load load) throws InterruptedException {
    WarmUp warmUp = new WarmUp(plan.warmUpWindows());
    while (!warmUp.ended()) {
      Measurement window = load.measure();
      OptionalLong servers = cpu.servers();
      long own = CpuTime.own();
      TimeUnit.NANOSECONDS.sleep(timings.warmUpWindow().toNanos());
      OptionalLong after = cpu.servers();
      boolean ofServers = servers.isPresent() && after.isPresent();
      double nanos = ofServers ? after.getAsLong() - servers.getAsLong() : CpuTime.own() - own;
      long count = sum(window.interval()).getTotalCount();
      warmUp.window(nanos, count);
      err.printf(
          "warm-up %d: %,d operations, CPU of the %s %.1f us each%n",
          warmUp.windows(),
          count,
          ofServers ? "servers" : "generator",
          count == 0 ? 0 : nanos / 1e3 / count);
    }
    result.warmUp(warmUp.windows(), warmUp.steady());
    if (!warmUp.steady()) {
      result.warn(
          plan.warmUpWindows() == 0
              ? "there was no warm-up"
              : "the warm-up ended after "
                  + warmUp.windows()
                  + " windows, before CPU per operation changed by less than 5 %: the figures may"
                  + " be those of cold servers");
    }
  }

  private void measure(Load load) throws InterruptedException {
    Duration duration = plan.duration();
    events.begin();
    Measurement measurement = load.measure();
    long start = System.nanoTime();
    long startMillis = System.currentTimeMillis();
    long end = start + duration.toNanos();
    long began = start;
    OptionalLong servers = cpu.servers();
    long own = CpuTime.own();
    long errors = 0;
    for (long now = start; now < end; ) {
      long until = Math.min(end, now + timings.window().toNanos());
      // A piece of less than half a window joins the last one.
      until = end - until < timings.window().toNanos() / 2 ? end : until;
      pause(start, until);
      if (until == end) {
        load.stop();
      }
      now = System.nanoTime();
      OptionalLong serversNow = cpu.servers();
      long ownNow = CpuTime.own();
      long errorsNow = measurement.errors();
      Histogram all = take(measurement, startMillis, began - start, now - start);
      boolean known = servers.isPresent() && serversNow.isPresent();
      Window window =
          new Window(
              (now - start) / 1e9,
              (now - began) / 1e9,
              all,
              errorsNow - errors,
              known
                  ? OptionalLong.of(serversNow.getAsLong() - servers.getAsLong())
                  : OptionalLong.empty(),
              ownNow - own);
      result.window(window);
      err.println(window.progress());
      began = now;
      servers = serversNow;
      own = ownNow;
      errors = errorsNow;
    }
    // What is under way has a latency too; it is in the percentiles, and in no window.
    boolean idle = await(load::idle, END_MILLIS);
    take(measurement, startMillis, began - start, System.nanoTime() - start);
    if (!idle) {
      result.warn(load.inFlight.get() + " operations had not ended 65 s after the run");
    }
    load.warnings().forEach(result::warn);
    result.end(measurement, events, startMillis);
  }

  /** Waits, and notes events with the moment of their arrival. */
  private void pause(long start, long until) throws InterruptedException {
    for (long now = System.nanoTime(); now < until; now = System.nanoTime()) {
      TimeUnit.NANOSECONDS.sleep(Math.min(until - now, EVENTS_NANOS));
      events.read((System.nanoTime() - start) / 1e9);
    }
  }

  /** Latencies of all kinds since the last call, after they went to the log and the result. */
  private Histogram take(Measurement measurement, long startMillis, long fromNanos, long toNanos) {
    Map<OperationKind, Histogram> latencies = measurement.interval();
    latencies.forEach(
        (kind, histogram) -> {
          OutputDirectory.stamp(
              histogram, startMillis + fromNanos / 1_000_000, startMillis + toNanos / 1_000_000);
          out.log(kind.text(), histogram);
          result.add(kind, histogram);
        });
    out.checkLog();
    return sum(latencies);
  }

  private static Histogram sum(Map<OperationKind, Histogram> latencies) {
    Histogram all = Measurement.histogram();
    new ArrayList<>(latencies.values()).forEach(all::add);
    return all;
  }

  private static boolean await(BooleanSupplier condition, long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    return true;
  }
}
