package starling.loadgen;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/** {@code report.html}: one page without scripts that needs no network, made of a result. */
final class Report {
  private static final String PLACE = "<!-- report -->";
  private static final List<String> PERCENTILES = List.of("p50", "p95", "p99", "p999", "max");
  private static final List<String> LINES = List.of("p50", "p99", "p999", "max");

  private final JsonNode result;
  private final StringBuilder html = new StringBuilder();
  private final List<Double> events = new ArrayList<>();
  private final List<Chart.Band> failing = new ArrayList<>();

  private Report(JsonNode result) {
    this.result = result;
  }

  /** The page of what {@code result.json} says. */
  static String html(JsonNode result) {
    Report report = new Report(result);
    report.summary();
    report.events();
    report.charts();
    try (InputStream page = Report.class.getResourceAsStream("report.html")) {
      if (page == null) {
        throw new IllegalStateException("the jar has no report.html");
      }
      return new String(page.readAllBytes(), StandardCharsets.UTF_8)
          .replace(PLACE, report.html.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(String name, String text) {
    html.append(Html.element(name, text)).append('\n');
  }

  private static String shown(JsonNode number) {
    return Chart.text(number.asDouble());
  }

  /** {@code p999} is p99.9. */
  private static String named(String percentile) {
    return percentile.equals("p999") ? "p99.9" : percentile;
  }

  private void summary() {
    add(
        "h1",
        "Workload "
            + result.get("workload").asText()
            + ": "
            + shown(result.get("throughput"))
            + " operations per second, "
            + shown(result.get("errors"))
            + " errors");
    for (JsonNode warning : result.get("warnings")) {
      html.append("<p class=\"warning\">Warning: ")
          .append(Html.text(warning.asText()))
          .append("</p>\n");
    }
    add("h2", "Command");
    add("pre", result.get("command").asText());
    String load =
        result.has("concurrency")
            ? "closed loop, " + shown(result.get("concurrency")) + " operations at once"
            : "open loop, " + shown(result.get("rate")) + " operations per second";
    JsonNode warmUp = result.get("warmUp");
    add(
        "p",
        load
            + ", for "
            + shown(result.get("seconds"))
            + " s from "
            + result.get("started").asText()
            + "; "
            + shown(result.get("records"))
            + " records, values of "
            + shown(result.get("valueBytes"))
            + " bytes, "
            + result.get("distribution").asText()
            + "; warm-up of "
            + shown(warmUp.get("windows"))
            + (warmUp.get("steady").asBoolean() ? " windows, steady" : " windows, not steady"));
    html.append("<table>\n<tr><th>latency in us</th><th>operations</th><th>errors</th>");
    PERCENTILES.forEach(each -> html.append(Html.element("th", named(each))));
    html.append("</tr>\n");
    row("all", result);
    result.get("kinds").properties().forEach(kind -> row(kind.getKey(), kind.getValue()));
    html.append("</table>\n");
    JsonNode cpu = result.get("cpuMicrosPerOperation");
    add(
        "p",
        "CPU per operation: servers "
            + (cpu.get("servers").isNull()
                ? "not measured (--pid)"
                : shown(cpu.get("servers")) + " us")
            + ", generator "
            + (cpu.get("generator").isNull() ? "unknown" : shown(cpu.get("generator")) + " us")
            + " ("
            + shown(result.get("generatorCores"))
            + " cores)");
    List<String> kinds = new ArrayList<>();
    result
        .get("errorKinds")
        .properties()
        .forEach(kind -> kinds.add(shown(kind.getValue()) + " " + kind.getKey()));
    if (!kinds.isEmpty()) {
      add("p", "Errors by kind: " + String.join(", ", kinds));
    }
  }

  private void row(String name, JsonNode part) {
    html.append("<tr>")
        .append(Html.element("td", name))
        .append(Html.element("td", shown(part.get("operations"))))
        .append(Html.element("td", shown(part.get("errors"))));
    boolean any = part.get("operations").asLong() > 0;
    PERCENTILES.forEach(
        each ->
            html.append(Html.element("td", any ? shown(part.get("latencyMicros").get(each)) : "")));
    html.append("</tr>\n");
  }

  private void events() {
    JsonNode told = result.get("events");
    if (!told.isEmpty()) {
      add("h2", "Events");
      html.append("<ol>\n");
      for (JsonNode event : told) {
        events.add(event.get("seconds").asDouble());
        add("li", shown(event.get("seconds")) + " s: " + event.get("text").asText());
      }
      html.append("</ol>\n");
    }
    double from = 0;
    for (JsonNode window : result.get("windows")) {
      double to = window.get("endSeconds").asDouble();
      if (window.get("errors").asLong() > 0) {
        failing.add(new Chart.Band(from, to));
      }
      from = to;
    }
  }

  private void charts() {
    chart("Throughput over time", "operations per second", List.of("throughput"), false);
    chart("Errors over time", "errors per second", List.of("errors"), false);
    chart("Latency over time", "microseconds", LINES, true);
    if (!failing.isEmpty()) {
      add("p", "The ground is coloured where operations failed.");
    }
    List<Chart.Point> curve = new ArrayList<>();
    for (JsonNode point : result.get("curve")) {
      double micros = point.get(1).asDouble();
      curve.add(new Chart.Point(nines(point.get(0).asDouble()), micros > 0 ? micros : Double.NaN));
    }
    List<Chart.Tick> ticks = new ArrayList<>();
    for (double percentile : new double[] {0, 50, 90, 99, 99.9, 99.99}) {
      ticks.add(
          new Chart.Tick(
              nines(percentile),
              percentile > 99 ? String.valueOf(percentile) : Chart.text(percentile)));
    }
    draw(
        new Chart(
            "Latency by percentile",
            new Chart.Axis("percent of all operations that are as fast", ticks, false),
            upwards("microseconds", List.of(new Chart.Line("all", curve)), true),
            List.of(new Chart.Line("all operations", curve)),
            List.of(),
            List.of()));
  }

  /** One step to the right is a tenth of the operations that are slower. */
  private static double nines(double percentile) {
    return -Math.log10(1 - percentile / 100);
  }

  private void chart(String title, String unit, List<String> fields, boolean logarithmic) {
    List<Chart.Line> lines = new ArrayList<>();
    for (String field : fields) {
      List<Chart.Point> points = new ArrayList<>();
      double from = 0;
      for (JsonNode window : result.get("windows")) {
        double to = window.get("endSeconds").asDouble();
        double value = window.get(field).asDouble();
        value = field.equals("errors") ? value / (to - from) : value;
        // A window without operations has no latency.
        points.add(
            new Chart.Point((from + to) / 2, logarithmic && value <= 0 ? Double.NaN : value));
        from = to;
      }
      String name = logarithmic ? named(field) : field;
      lines.add(new Chart.Line(name, points));
    }
    double seconds = result.get("seconds").asDouble();
    draw(
        new Chart(
            title,
            Chart.Axis.linear("seconds since the beginning of the measurement", seconds),
            upwards(unit, lines, logarithmic),
            lines,
            events,
            failing));
  }

  private static Chart.Axis upwards(String unit, List<Chart.Line> lines, boolean logarithmic) {
    DoubleStream values =
        lines.stream()
            .flatMap(line -> line.points().stream())
            .mapToDouble(Chart.Point::y)
            .filter(value -> !Double.isNaN(value));
    var found = values.summaryStatistics();
    return logarithmic && found.getCount() > 0
        ? Chart.Axis.logarithmic(unit, found.getMin(), found.getMax())
        : Chart.Axis.linear(unit, found.getCount() > 0 ? found.getMax() : 1);
  }

  private void draw(Chart chart) {
    add("h2", chart.title());
    html.append(chart.svg());
    if (chart.lines().size() > 1) {
      html.append(chart.legend());
    }
  }
}
