package starling.loadgen;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code compare}: what changed from A to B. With several runs each, the samples are runs. With one
 * run on a side, they are pieces of it, which know nothing of how runs differ from each other.
 */
@Command(
    name = "compare",
    description = "Compares the results of runs, with the margin of each difference (95 %%).",
    mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
  /** Neighbouring seconds resemble each other: longer pieces are more independent samples. */
  private static final int MAX_PIECES = 10;

  private static final List<String> SETTINGS =
      List.of("workload", "distribution", "records", "valueBytes", "concurrency", "rate");

  /**
   * A figure.
   *
   * @param path of the whole run in {@code result.json}
   * @param window its name in a window
   */
  private record Figure(String name, String path, String window) {}

  private static final List<Figure> FIGURES =
      List.of(
          new Figure("throughput, ops/s", "/throughput", "throughput"),
          new Figure("p50, us", "/latencyMicros/p50", "p50"),
          new Figure("p99, us", "/latencyMicros/p99", "p99"),
          new Figure("p99.9, us", "/latencyMicros/p999", "p999"),
          new Figure(
              "servers' CPU, us/op",
              "/cpuMicrosPerOperation/servers",
              "serverCpuMicrosPerOperation"));

  @Parameters(
      index = "0",
      arity = "1",
      split = ",",
      paramLabel = "A[,A...]",
      description = "Results before.")
  private List<Path> before = List.of();

  @Parameters(
      index = "1",
      arity = "1",
      split = ",",
      paramLabel = "B[,B...]",
      description = "Results after.")
  private List<Path> after = List.of();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<JsonNode> first = before.stream().map(CompareCommand::read).toList();
    List<JsonNode> second = after.stream().map(CompareCommand::read).toList();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    warn(first, second, err);
    boolean runs = first.size() > 1 && second.size() > 1;
    FIGURES.forEach(
        figure ->
            out.println(
                line(figure.name(), samples(first, figure, runs), samples(second, figure, runs))));
    if (!runs) {
      err.println(
          "the margins come from the windows of single runs, and leave out how runs differ from"
              + " each other: compare several runs of each (A1,A2,A3 B1,B2,B3)");
    }
    return Loadgen.DONE;
  }

  private static JsonNode read(Path directory) {
    Path file = directory.resolve("result.json");
    try {
      JsonNode result = new ObjectMapper().readTree(Files.readAllBytes(file));
      if (!result.path("windows").isArray() || !result.path("throughput").isNumber()) {
        throw new RunFailedException(file + " is not the result of a run");
      }
      return result;
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw new RunFailedException(file + " is not the result of a run: it is no JSON", e);
    } catch (IOException e) {
      throw new RunFailedException(
          file + " cannot be read: name directories that 'run --out' has filled", e);
    }
  }

  private static void warn(List<JsonNode> first, List<JsonNode> second, PrintWriter err) {
    for (String name : SETTINGS) {
      JsonNode of = first.get(0).path(name);
      List<JsonNode> all = new ArrayList<>(first);
      all.addAll(second);
      all.stream()
          .map(run -> run.path(name))
          .filter(value -> !value.equals(of))
          .findFirst()
          .ifPresent(
              value ->
                  err.println(
                      "warning: the runs differ in "
                          + name
                          + ": "
                          + text(of)
                          + " and "
                          + text(value)));
    }
  }

  private static String text(JsonNode value) {
    return value.isMissingNode() ? "none" : value.asText();
  }

  /** One value for each run, or for each of at most ten pieces of the one run. */
  private static List<Double> samples(List<JsonNode> runs, Figure figure, boolean wholeRuns) {
    List<Double> samples = new ArrayList<>();
    for (JsonNode run : runs) {
      if (wholeRuns) {
        JsonNode value = run.at(figure.path());
        if (value.isNumber()) {
          samples.add(value.asDouble());
        }
      } else {
        samples.addAll(pieces(run.get("windows"), figure.window()));
      }
    }
    return samples;
  }

  private static List<Double> pieces(JsonNode windows, String name) {
    List<Double> values = new ArrayList<>();
    windows.forEach(
        window -> {
          if (window.path(name).isNumber()) {
            values.add(window.get(name).asDouble());
          }
        });
    int count = Math.min(MAX_PIECES, values.size());
    List<Double> means = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      means.add(
          values.subList(i * values.size() / count, (i + 1) * values.size() / count).stream()
              .mapToDouble(Double::doubleValue)
              .average()
              .orElseThrow());
    }
    return means;
  }

  private static String line(String name, List<Double> first, List<Double> second) {
    if (first.size() < Difference.MIN_SAMPLES || second.size() < Difference.MIN_SAMPLES) {
      return name + ": too few samples";
    }
    Difference difference = Difference.of(first, second);
    if (!(Math.abs(difference.part()) < Double.POSITIVE_INFINITY)) {
      return name + ": nothing was measured before";
    }
    return String.format(
        Locale.ROOT,
        difference.shown()
            ? "%s: %,.1f before, %,.1f after: %+.1f %% (+- %.1f %%)"
            : "%s: %,.1f before, %,.1f after: no difference was shown (%+.1f %% +- %.1f %%)",
        name,
        difference.before(),
        difference.after(),
        100 * difference.part(),
        100 * difference.margin());
  }
}
