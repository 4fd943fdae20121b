package starling.loadgen;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import starling.loadgen.workload.OperationKind;

/** What a run has measured, and {@code result.json}. Used by one thread. */
final class RunResult {
  /** The client has one thread: near one core of all, the generator sets the throughput. */
  private static final double BUSY_CORES = 0.85;

  private final RunPlan plan;
  private final Map<OperationKind, Histogram> latencies = new EnumMap<>(OperationKind.class);
  private final List<Window> windows = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final ObjectNode json = JsonNodeFactory.instance.objectNode();
  private int warmUpWindows;
  private boolean steady;

  RunResult(RunPlan plan) {
    this.plan = plan;
    plan.workload().kinds().forEach(kind -> latencies.put(kind, Measurement.histogram()));
  }

  void warmUp(int count, boolean reached) {
    warmUpWindows = count;
    steady = reached;
  }

  void warn(String warning) {
    warnings.add(warning);
  }

  List<String> warnings() {
    return List.copyOf(warnings);
  }

  void add(OperationKind kind, Histogram nanos) {
    latencies.computeIfAbsent(kind, each -> Measurement.histogram()).add(nanos);
  }

  void window(Window window) {
    windows.add(window);
  }

  /** The run has ended: makes the result. */
  void end(Measurement measurement, Events events, long startMillis) {
    Histogram all = Measurement.histogram();
    latencies.values().forEach(all::add);
    double seconds = windows.stream().mapToDouble(Window::seconds).sum();
    long within = windows.stream().mapToLong(Window::operations).sum();
    long own = windows.stream().mapToLong(Window::ownNanos).sum();
    if (own > BUSY_CORES * seconds * 1e9) {
      warn(
          String.format(
              java.util.Locale.ROOT,
              "the generator used %.2f cores, and its client has one thread: the generator may be"
                  + " the bottleneck; run several",
              own / 1e9 / seconds));
    }
    if (measurement.notFound.sum() > 0) {
      warn(measurement.notFound.sum() + " reads found nothing: were the records loaded?");
    }
    describe(startMillis, seconds);
    json.put("operations", all.getTotalCount());
    json.put("errors", measurement.errors());
    json.put("throughput", Numbers.rounded(within / seconds));
    json.set("latencyMicros", Numbers.percentiles(all));
    kinds(measurement);
    json.set("cpuMicrosPerOperation", cpu(within, own));
    json.put("generatorCores", Numbers.rounded(own / 1e9 / seconds));
    json.put("notFound", measurement.notFound.sum());
    ObjectNode errorKinds = json.putObject("errorKinds");
    measurement.errorKinds().forEach(errorKinds::put);
    json.putObject("warmUp").put("windows", warmUpWindows).put("steady", steady);
    if (events.left() > 0) {
      warn(events.left() + " events had no room in the result");
    }
    ArrayNode warned = json.putArray("warnings");
    warnings.forEach(warned::add);
    json.set("events", events.json());
    ArrayNode each = json.putArray("windows");
    windows.forEach(window -> each.add(window.json()));
    json.set("curve", Numbers.curve(all));
  }

  private void describe(long startMillis, double seconds) {
    json.put("command", plan.command());
    json.put("version", Loadgen.version());
    json.put("started", Instant.ofEpochMilli(startMillis).toString());
    json.put("workload", plan.workload().text());
    json.put("distribution", plan.distribution().text());
    json.put("records", plan.records());
    json.put("valueBytes", plan.valueBytes());
    if (plan.concurrency() > 0) {
      json.put("concurrency", plan.concurrency());
    } else {
      json.put("rate", plan.rate());
    }
    json.put("seconds", Numbers.rounded(seconds));
  }

  private void kinds(Measurement measurement) {
    ObjectNode kinds = json.putObject("kinds");
    latencies.forEach(
        (kind, nanos) -> {
          ObjectNode node = kinds.putObject(kind.text());
          node.put("operations", nanos.getTotalCount());
          node.put("errors", measurement.errors(kind));
          node.set("latencyMicros", Numbers.percentiles(nanos));
        });
  }

  private ObjectNode cpu(long operations, long own) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    boolean known = windows.stream().allMatch(window -> window.serverNanos().isPresent());
    if (known && operations > 0) {
      long nanos = windows.stream().mapToLong(w -> w.serverNanos().orElse(0)).sum();
      node.put("servers", Numbers.rounded(nanos / 1e3 / operations));
    } else {
      node.putNull("servers");
    }
    if (operations > 0) {
      node.put("generator", Numbers.rounded(own / 1e3 / operations));
    } else {
      node.putNull("generator");
    }
    return node;
  }

  /** After {@link #end}: what {@code result.json} says. */
  ObjectNode json() {
    return json;
  }

  /** After {@link #end}: the text of {@code result.json}. */
  String text() {
    return json.toPrettyString() + "\n";
  }

  /** After {@link #end}: a line for a person. */
  String summary() {
    return json.get("operations").asLong()
        + " operations, "
        + json.get("errors").asLong()
        + " errors, "
        + json.get("throughput").asLong()
        + "/s, latency in us "
        + json.get("latencyMicros")
        + ", CPU us per operation "
        + json.get("cpuMicrosPerOperation");
  }
}
