package starling.loadgen;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import starling.client.Behavior;
import starling.client.Hedge;
import starling.client.Retries;
import starling.client.Starling;
import starling.loadgen.workload.KeyDistribution;
import starling.loadgen.workload.Workload;

/** {@code run}: a workload, measured. */
@Command(
    name = "run",
    description = "Runs a workload and leaves result.json, report.html and latency.hlog in --out.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  /** Each operation is one request, so that errors and latencies are those of the cluster. */
  private static final Behavior ONE_REQUEST =
      Behavior.DEFAULT.retries(Retries.NONE).hedge(Hedge.OFF);

  private static final int DEFAULT_CONCURRENCY = 64;
  private static final int MAX_CONCURRENCY = 10_000;
  private static final int MAX_RATE = 1_000_000;
  private static final long MAX_RECORDS = 100_000_000;
  private static final int MAX_VALUE_BYTES = 1 << 20;
  private static final int MAX_WARM_UP_WINDOWS = 1000;

  @Mixin private TargetOptions target;

  @Option(
      names = "--workload",
      required = true,
      paramLabel = "a|b|c|d|f",
      description =
          "YCSB's: a half updates, b 5 %% updates, c reads, d 5 %% inserts and reads of the latest,"
              + " f half read-modify-writes.")
  private Workload workload = Workload.A;

  @Option(
      names = "--distribution",
      paramLabel = "NAME",
      description = "zipfian, uniform or latest. Default: the workload's.")
  private @Nullable KeyDistribution distribution;

  @Option(
      names = "--records",
      defaultValue = "10000",
      paramLabel = "N",
      description = "Records that are loaded first. Default: ${DEFAULT-VALUE}")
  private long records;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Closed loop: N operations at once. Default: 64, without --rate.")
  private @Nullable Integer concurrency;

  @Option(
      names = "--rate",
      paramLabel = "OPS",
      description = "Open loop: OPS operations per second, whatever the cluster does.")
  private @Nullable Double rate;

  @Option(
      names = "--duration",
      defaultValue = "30s",
      paramLabel = "TIME",
      description = "How long is measured. Default: ${DEFAULT-VALUE}")
  private String duration = "30s";

  @Option(
      names = "--value-bytes",
      defaultValue = "1024",
      paramLabel = "N",
      description = "Length of each value. Default: ${DEFAULT-VALUE}")
  private int valueBytes;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Directory of the results; results of an earlier run are replaced at the end.")
  private Path out = Path.of("");

  @Option(
      names = "--pid",
      split = ",",
      paramLabel = "PID",
      description = "Processes of the servers on this machine, to measure their CPU time.")
  private List<Long> pids = new ArrayList<>();

  @Option(
      names = "--skip-load",
      description = "The records are there already: an earlier run has loaded them.")
  private boolean skipLoad;

  @Option(
      names = "--retry",
      description =
          "The client retries and hedges. Its writes then carry idempotency keys, and a node rejects"
              + " more than 256 of them for one record in a minute: not for hot records.")
  private boolean retry;

  @Option(
      names = "--warm-up-windows",
      defaultValue = "15",
      paramLabel = "N",
      description =
          "The most windows of 2 s in which CPU per operation may settle; 0 for no warm-up."
              + " Default: ${DEFAULT-VALUE}")
  private int warmUpWindows;

  @Option(
      names = "--events",
      paramLabel = "FILE",
      description =
          "Each line that is appended to this file during the run is an event: a mark in the"
              + " report, at that moment.")
  private @Nullable Path events;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Seed of the choice of operations and keys. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Spec private CommandSpec spec;
  private final Timings timings;

  RunCommand(Timings timings) {
    this.timings = timings;
  }

  @Override
  public Integer call() throws InterruptedException {
    RunPlan plan = plan();
    PrintWriter err = spec.commandLine().getErr();
    CpuTime cpu = new CpuTime(pids);
    Events told = new Events(events);
    try (OutputDirectory directory = new OutputDirectory(out, System.currentTimeMillis());
        Starling starling =
            target.connect(retry ? Behavior.DEFAULT : ONE_REQUEST, timings.connect())) {
      RunResult result = new Run(plan, timings, cpu, told, directory, err).execute(starling);
      directory.finishLog();
      directory.replace("report.html", Report.html(result.json()));
      directory.replace("result.json", result.text());
      result.warnings().forEach(warning -> err.println("warning: " + warning));
      spec.commandLine().getOut().println(result.summary());
    }
    return Loadgen.DONE;
  }

  private RunPlan plan() {
    if (rate != null && concurrency != null) {
      throw target.wrong(
          "--rate (open loop) and --concurrency (closed loop) exclude each other: name one");
    }
    if (rate != null && !(rate > 0 && rate <= MAX_RATE)) {
      throw target.wrong(
          "--rate must be more than 0 and at most "
              + MAX_RATE
              + " operations per second, not "
              + rate);
    }
    long closed = concurrency == null ? DEFAULT_CONCURRENCY : concurrency;
    return new RunPlan(
        workload,
        distribution == null ? workload.distribution() : distribution,
        target.within("--records", records, 1, MAX_RECORDS),
        rate != null ? 0 : (int) target.within("--concurrency", closed, 1, MAX_CONCURRENCY),
        rate == null ? 0 : rate,
        target.duration("--duration", duration, timings.shortest(), Duration.ofHours(24)),
        (int) target.within("--value-bytes", valueBytes, 1, MAX_VALUE_BYTES),
        !skipLoad,
        (int) target.within("--warm-up-windows", warmUpWindows, 0, MAX_WARM_UP_WINDOWS),
        seed,
        target.bucket(),
        target.targets(),
        Loadgen.typed(spec));
  }
}
