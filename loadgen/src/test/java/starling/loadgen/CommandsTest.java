package starling.loadgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.main.LocalNodes;

/** The commands against a real node, with shorter periods than those of a user. */
class CommandsTest {
  private static final Timings SHORT =
      new Timings(
          Duration.ofMillis(50),
          Duration.ofMillis(50),
          Timings.DEFAULT.connect(),
          Duration.ofMillis(100));
  private static final Timings IMPATIENT =
      new Timings(SHORT.window(), SHORT.warmUpWindow(), Duration.ofMillis(300), SHORT.shortest());

  private static LocalNodes nodes;

  @TempDir Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void start() {
    nodes = LocalNodes.start(1, "buckets.default.n=1");
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  private int loadgen(String... args) {
    return Loadgen.run(SHORT, new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private int run(Path to, String... more) {
    List<String> args = new ArrayList<>(List.of("run", "--target", nodes.http().get(0)));
    List<String> others = List.of(more);
    args.addAll(List.of("--warm-up-windows", "0"));
    args.addAll(others.contains("--records") ? List.of() : List.of("--records", "50"));
    args.addAll(others.contains("--duration") ? List.of() : List.of("--duration", "300ms"));
    args.addAll(List.of("--value-bytes", "64", "--out", to.toString()));
    args.addAll(others);
    return loadgen(args.toArray(String[]::new));
  }

  private static JsonNode result(Path of) throws IOException {
    return new ObjectMapper().readTree(of.resolve("result.json").toFile());
  }

  private static long logged(Path of) throws IOException {
    long count = 0;
    try (HistogramLogReader reader = new HistogramLogReader(of.resolve("latency.hlog").toFile())) {
      while (reader.hasNext()) {
        count += ((Histogram) reader.nextIntervalHistogram()).getTotalCount();
      }
    }
    return count;
  }

  @ParameterizedTest
  @CsvSource({"a, update", "d, insert", "f, read-modify-write"})
  void aWorkloadLeavesItsResultReportAndLog(String workload, String kind) throws IOException {
    Path to = directory.resolve("out/" + workload);
    long own = ProcessHandle.current().pid();
    // So long that a busy machine has rare inserts, and CPU time of 10 ms at least, in it.
    int status =
        run(
            to,
            "--workload",
            workload,
            "--concurrency",
            "4",
            "--pid",
            "" + own,
            "--duration",
            workload.equals("d") ? "1s" : "500ms");
    assertThat(status).as(err.toString()).isZero();
    JsonNode result = result(to);
    assertThat(result.get("operations").asLong()).isPositive();
    assertThat(result.get("errors").asLong()).as("%s", result.get("errorKinds")).isZero();
    assertThat(result.get("notFound").asLong()).isZero();
    assertThat(result.get("throughput").asDouble()).isPositive();
    JsonNode kinds = result.get("kinds");
    assertThat(kinds.get("read").get("operations").asLong()).isPositive();
    assertThat(
            kinds.get("read").get("operations").asLong()
                + kinds.get(kind).get("operations").asLong())
        .isEqualTo(result.get("operations").asLong())
        .isEqualTo(logged(to));
    for (JsonNode latencies :
        List.of(result.get("latencyMicros"), kinds.get(kind).get("latencyMicros"))) {
      double last = 0;
      for (String name : List.of("p50", "p95", "p99", "p999", "max")) {
        assertThat(latencies.get(name).asDouble()).as(name).isGreaterThanOrEqualTo(last);
        last = latencies.get(name).asDouble();
      }
      assertThat(last).isPositive();
    }
    JsonNode cpu = result.get("cpuMicrosPerOperation");
    assertThat(cpu.get("servers").asDouble()).isPositive();
    assertThat(cpu.get("generator").asDouble()).isPositive();
    assertThat(result.get("command").asText()).startsWith("loadgen run --target 127.0.0.1:");
    assertThat(to.resolve("report.html")).content().contains("<h1>Workload " + workload);
    assertThat(err.toString()).contains("ops/s").contains("there was no warm-up");
    assertThat(out.toString()).contains("0 errors");
  }

  @Test
  void aRecordThatIsWrittenAllTheTimeGivesNoErrors() throws IOException {
    long updates = 0;
    // More than a node takes of writes with idempotency keys, however slow the machine is.
    for (int i = 0; updates <= 256 && i < 30; i++) {
      assertThat(run(directory, "--workload", "a", "--records", "1", "--duration", "500ms"))
          .as(err.toString())
          .isZero();
      JsonNode result = result(directory);
      assertThat(result.get("errors").asLong()).as("%s", result.get("errorKinds")).isZero();
      updates += result.get("kinds").get("update").get("operations").asLong();
    }
    assertThat(updates).isGreaterThan(256);
  }

  @Test
  void aLineThatIsAppendedToTheEventsDuringARunIsInItsReport() throws IOException {
    Path events = directory.resolve("events");
    StringWriter progress =
        new StringWriter() {
          @Override
          public void write(String text, int from, int length) {
            super.write(text, from, length);
            try {
              if (text.contains("ops/s") && !Files.exists(events)) {
                Files.writeString(events, "n2 killed\n");
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };
    Path to = directory.resolve("out");
    List<String> args = new ArrayList<>(List.of("run", "--target", nodes.http().get(0)));
    args.addAll(List.of("--workload", "c", "--records", "5", "--warm-up-windows", "0"));
    args.addAll(List.of("--duration", "400ms", "--out", to.toString()));
    args.addAll(List.of("--events", events.toString()));
    int status =
        Loadgen.run(
            SHORT,
            new PrintWriter(out, true),
            new PrintWriter(progress, true),
            args.toArray(String[]::new));
    assertThat(status).as(progress.toString()).isZero();
    JsonNode told = result(to).get("events");
    assertThat(told).hasSize(1);
    assertThat(told.get(0).get("text").asText()).isEqualTo("n2 killed");
    assertThat(told.get(0).get("seconds").asDouble()).isGreaterThanOrEqualTo(0.05);
    assertThat(to.resolve("report.html")).content().contains(" s: n2 killed</li>");
  }

  @Test
  void anOpenLoopSendsAtItsRate() throws IOException {
    long begun = System.nanoTime();
    int status = run(directory, "--workload", "c", "--rate", "200", "--duration", "1s");
    double seconds = (System.nanoTime() - begun) / 1e9;
    assertThat(status).as(err.toString()).isZero();
    assertThat(result(directory).get("rate").asDouble()).isEqualTo(200);
    // However slow the machine is: what is due is sent, or a warning says that it was not.
    long operations = result(directory).get("operations").asLong();
    assertThat(operations).isLessThanOrEqualTo((long) Math.ceil(200 * seconds));
    if (result(directory).get("warnings").size() == 1) {
      assertThat(operations).isGreaterThan(150);
    }
  }

  @Test
  void earlierRecordsAreUsedAgainAndResultsCompared() throws IOException {
    Path a = directory.resolve("a");
    Path b = directory.resolve("b");
    assertThat(run(a, "--workload", "c", "--concurrency", "1")).isZero();
    assertThat(run(b, "--workload", "c", "--skip-load", "--concurrency", "2")).isZero();
    assertThat(result(b).get("notFound").asLong()).isZero();
    assertThat(loadgen("compare", a.toString(), a.toString())).isZero();
    assertThat(out.toString()).contains("throughput, ops/s: ").contains("no difference was shown");
    assertThat(loadgen("compare", a + "," + a, b.toString())).isZero();
    assertThat(err.toString()).contains("the runs differ in concurrency: 1 and 2");
  }

  @Test
  void compareRejectsWhatIsNoResult() throws IOException {
    Files.writeString(directory.resolve("result.json"), "{\"windows\":");
    assertThat(loadgen("compare", directory.toString(), directory.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("result.json is not the result of a run");
    assertThat(loadgen("compare", "/nowhere", "/nowhere")).isEqualTo(1);
    assertThat(err.toString()).contains("/nowhere/result.json cannot be read");
  }

  @Test
  void aHealthyClusterPassesTheCheck() throws IOException {
    int status = loadgen("check", "--target", nodes.http().get(0), "--duration", "300ms");
    assertThat(status).as(err.toString()).isZero();
    JsonNode verdict = new ObjectMapper().readTree(out.toString());
    assertThat(verdict.get("verdict").asText()).isEqualTo("ok");
    assertThat(verdict.get("acknowledged").asLong()).isPositive();
    assertThat(verdict.get("lost").asLong() + verdict.get("forgotten").asLong()).isZero();
  }

  @Test
  void noNodeIsAFailureThatNamesTheTargetAndHarmsNoEarlierResult() throws IOException {
    Files.writeString(directory.resolve("result.json"), "earlier");
    Files.writeString(directory.resolve("latency.hlog"), "earlier");
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    String address = "127.0.0.1:" + port;
    int status =
        Loadgen.run(
            IMPATIENT,
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "run",
            "--target",
            address,
            "--workload",
            "a",
            "--out",
            directory.toString());
    assertThat(status).isEqualTo(1);
    assertThat(err.toString()).contains("no node of a cluster answers at " + address);
    assertThat(directory.resolve("result.json")).hasContent("earlier");
    assertThat(directory.resolve("latency.hlog")).hasContent("earlier");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rate 0|--rate must be more than 0",
        "--rate -1|--rate must be more than 0",
        "--rate NaN|--rate must be more than 0",
        "--rate x|'x'",
        "--concurrency 0|--concurrency must be from 1",
        "--concurrency 10001|--concurrency must be from 1",
        "--rate 5 --concurrency 5|exclude each other",
        "--records 0|--records must be from 1",
        "--value-bytes 0|--value-bytes must be from 1",
        "--duration 0s|--duration must be from 1s",
        "--duration soon|not 'soon'",
        "--distribution normal|normal",
        "--bucket a/b|--bucket",
        "--warm-up-windows -1|--warm-up-windows must be from 0",
      })
  void badArgumentsAreNamedAndNothingIsMade(String options, String message) {
    Path to = directory.resolve("out");
    List<String> args = new ArrayList<>(List.of("run", "--workload", "a", "--out", to.toString()));
    args.addAll(List.of("--target", nodes.http().get(0)));
    args.addAll(Arrays.asList(options.split(" ")));
    assertThat(
            Loadgen.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                args.toArray(String[]::new)))
        .isEqualTo(2);
    assertThat(err.toString()).contains(message).doesNotContain("\tat ");
    assertThat(to.resolve("result.json")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|a command is required: run, compare or check",
        "walk|walk",
        "run --workload a --target 127.0.0.1:8080 --out x --rats 5|--rats",
        "run --workload a --target 127.0.0.1:8080|--out",
        "compare|Missing required parameter",
        "compare a|Missing required parameter",
        "check|--target",
        "check --target nowhere|--target",
        "check --target 127.0.0.1:8080 --keys 0|--keys must be from 1 to 200",
        "check --target 127.0.0.1:8080 --keys 201|--keys must be from 1 to 200",
        "check --target 127.0.0.1:8080 --concurrency 0|--concurrency must be from 1",
        "check --target 127.0.0.1:8080 --settle 0s|--settle must be from 1s",
        "check --target 127.0.0.1:8080 --duration 25h|--duration must be from 1s to 24h",
      })
  void wrongUsageIsOneLineAndStatusTwo(String typed, String message) {
    int status =
        Loadgen.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Arrays.stream(typed.split(" ")).filter(word -> !word.isEmpty()).toArray(String[]::new));
    assertThat(status).as(err.toString()).isEqualTo(2);
    assertThat(err.toString()).startsWith("loadgen: ").contains(message);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aServerThatIsNoNodeFailsTheCheckBeforeAnyLoad() throws IOException {
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.createContext(
        "/",
        exchange -> {
          byte[] page = "<html>not found</html>".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(404, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    other.start();
    try {
      String address = "127.0.0.1:" + other.getAddress().getPort();
      int status =
          Loadgen.run(
              IMPATIENT,
              new PrintWriter(out, true),
              new PrintWriter(err, true),
              "check",
              "--target",
              address);
      assertThat(status).isEqualTo(1);
      assertThat(err.toString())
          .contains("no node of a cluster answers at " + address)
          .doesNotContain("writes acknowledged");
      assertThat(out.toString()).isEmpty();
    } finally {
      other.stop(0);
    }
  }

  @Test
  void eventsThatCannotBeReadAreNamedBeforeAnyLoad() {
    int status = run(directory, "--workload", "c", "--events", directory.toString());
    assertThat(status).isEqualTo(1);
    assertThat(err.toString())
        .contains("--events: " + directory + " cannot be read")
        .doesNotContain("loaded");
  }

  @ParameterizedTest
  @ValueSource(strings = {"e", "g", "", "ab"})
  void anUnknownWorkloadIsNamed(String workload) {
    assertThat(run(directory, "--workload", workload)).isEqualTo(2);
    assertThat(err.toString()).contains("--workload").contains("'" + workload + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-port", "127.0.0.1:0", "127.0.0.1:x", ""})
  void aTargetThatIsNoAddressIsNamed(String address) {
    assertThat(
            loadgen("run", "--target", address, "--workload", "a", "--out", directory.toString()))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--target");
  }

  @Test
  void aProcessThatIsNotThereIsNamed() {
    assertThat(run(directory, "--workload", "a", "--pid", "999999999")).isEqualTo(1);
    assertThat(err.toString()).contains("--pid").contains("999999999");
  }

  @Test
  void aFullDiskIsReportedBeforeAnyLoadAndKeepsEarlierResults() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "skipped: this system has no /dev/full");
    Files.writeString(directory.resolve("result.json"), "earlier");
    Files.createSymbolicLink(directory.resolve("latency.hlog.part"), full);
    assertThat(run(directory, "--workload", "a")).isEqualTo(1);
    assertThat(directory).isDirectoryNotContaining("glob:**.part");
    assertThat(err.toString())
        .contains("latency.hlog.part cannot be written: No space left on device")
        .doesNotContain("loaded");
    assertThat(directory.resolve("result.json")).hasContent("earlier");
  }

  @Test
  void aDiskThatIsFullAtTheEndKeepsTheEarlierResult() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "skipped: this system has no /dev/full");
    Files.writeString(directory.resolve("result.json"), "earlier");
    Files.createSymbolicLink(directory.resolve("result.json.part"), full);
    assertThat(run(directory, "--workload", "c")).isEqualTo(1);
    assertThat(directory).isDirectoryNotContaining("glob:**.part");
    assertThat(err.toString()).contains("result.json cannot be written: No space left on device");
    assertThat(directory.resolve("result.json")).hasContent("earlier");
  }

  @Test
  void anOutThatIsAFileIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "mine");
    assertThat(run(file, "--workload", "a")).isEqualTo(1);
    assertThat(err.toString()).contains("--out: " + file + " cannot be written");
    assertThat(run(file.resolve("below"), "--workload", "a")).isEqualTo(1);
    assertThat(file).hasContent("mine");
  }
}
