package starling.node.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import starling.node.main.Shell;

/** The commands of the shell against real nodes: what they print and which status they end with. */
class CliIT {
  private static LocalCluster cluster;

  @TempDir private Path directory;

  @BeforeAll
  static void start() {
    cluster = LocalCluster.start(3);
  }

  @AfterAll
  static void stop() {
    cluster.stop();
  }

  /** Runs a command as its own process would run it, without the second that a JVM takes. */
  private static Shell.Ended run(int node, String... args) {
    return Shell.run(with(node, args));
  }

  private static String[] with(int node, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--endpoint", endpoint(node)));
    return all.toArray(String[]::new);
  }

  private static String endpoint(int node) {
    return "127.0.0.1:" + cluster.node(node).httpPort;
  }

  private static JsonNode json(Shell.Ended ended) throws JsonProcessingException {
    return HttpCalls.JSON.readTree(ended.out());
  }

  @Test
  void aKeyIsPutReadAndDeleted() throws JsonProcessingException {
    ServerProcess.Ended put = ServerProcess.run(directory, with(0, "put", "a/b c", "hello"));
    assertThat(put.status()).as(put.err()).isZero();
    assertThat(put.out()).isEqualTo("stored\n");
    assertThat(run(1, "get", "a/b c").out()).isEqualTo("hello\n");

    String context = json(run(2, "get", "a/b c", "-o", "json")).path("context").asText();
    Shell.Ended second =
        run(1, "put", "a/b c", "{\"n\":1.10}", "--json", "--context", context, "-o", "json");
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(json(second).path("context").asText()).isNotEmpty();
    assertThat(run(0, "get", "a/b c").out()).isEqualTo("{\"n\":1.10}\n");
    assertThat(run(0, "get", "a/b c", "-o", "json").out()).contains("1.10");

    assertThat(run(2, "delete", "a/b c", "--w", "all").out()).isEqualTo("deleted\n");
    ServerProcess.Ended gone = ServerProcess.run(directory, with(0, "get", "a/b c"));
    assertThat(gone.status()).isEqualTo(3);
    assertThat(gone.out()).isEmpty();
    assertThat(gone.errLines()).hasSize(1);
    assertThat(gone.err()).startsWith("starling: 404");
  }

  @Test
  void siblingsAreAllPrintedWithStatusFour() {
    for (String value : List.of("one", "two")) {
      assertThat(
              cluster
                  .http(0)
                  .send("PUT", "/api/v1/store/s", "{\"value\":\"" + value + "\",\"context\":\"\"}")
                  .status())
          .isEqualTo(201);
    }
    Shell.Ended siblings = run(1, "get", "s");
    assertThat(siblings.status()).as(siblings.err()).isEqualTo(4);
    assertThat(siblings.out().lines()).containsExactlyInAnyOrder("one", "two");
  }

  @Test
  void theClusterIsShown() throws JsonProcessingException {
    Shell.Ended status = run(0, "status");
    assertThat(status.status()).as(status.err()).isZero();
    assertThat(status.out()).startsWith("ready\n3 of 3 members alive").contains("n1", "n2", "n3");
    JsonNode shown = json(run(1, "status", "-o", "json"));
    assertThat(shown.path("ready").asBoolean()).isTrue();
    assertThat(shown.path("alive").asInt()).isEqualTo(3);
    assertThat(run(2, "members").out().lines()).hasSize(4);
    assertThat(json(run(2, "members", "-o", "json")).path("members")).hasSize(3);
    assertThat(run(2, "ring").out()).startsWith("1024 partitions").contains("n1", "n2", "n3");
    assertThat(json(run(2, "ring", "-o", "json")).path("partitions").asInt()).isEqualTo(1024);

    assertThat(run(0, "put", "where", "here", "--w", "all").status()).isZero();
    assertThat(run(0, "explain", "where").out())
        .startsWith("key where lies in partition ")
        .contains("n1", "n2", "n3", "primary", "here");
    assertThat(json(run(1, "explain", "where", "-o", "json")).path("replicas")).hasSize(3);
  }

  @Test
  void endpointsComeFromTheEnvironmentAndDeadOnesArePassedOver() {
    Map<String, String> environment = Map.of("STARLING_ENDPOINTS", "127.0.0.1:1, " + endpoint(1));
    ServerProcess.Ended put = ServerProcess.run(directory, environment, "put", "env", "v");
    assertThat(put.status()).as(put.err()).isZero();
    assertThat(
            ServerProcess.run(
                    directory,
                    Map.of("STARLING_ENDPOINTS", "127.0.0.1:1"),
                    "get",
                    "env",
                    "--endpoint",
                    "127.0.0.1:2",
                    "--endpoint",
                    endpoint(0))
                .out())
        .isEqualTo("v\n");
    ServerProcess.Ended nobody =
        ServerProcess.run(directory, "get", "env", "--endpoint", "127.0.0.1:1");
    assertThat(nobody.status()).isEqualTo(5);
    assertThat(nobody.errLines()).hasSize(1);
  }

  @Test
  void bytesThatAreTextArePrintedAsText() {
    cluster.http(0).putBytes("raw-text", "as it is".getBytes(UTF_8), Map.of());
    cluster.http(0).putBytes("raw-bytes", new byte[] {(byte) 0xff, 0}, Map.of());
    assertThat(run(1, "get", "raw-text").out()).isEqualTo("as it is\n");
    Shell.Ended bytes = run(1, "get", "raw-bytes");
    assertThat(bytes.status()).isEqualTo(2);
    assertThat(bytes.out()).isEmpty();
    assertThat(bytes.err()).contains("2 bytes of application/octet-stream", "--out");
  }

  /** Runs a script of the shell, in which {@code "$@"} is the command of the jar. */
  private ServerProcess.Ended shell(Map<String, String> environment, String script) {
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", "cd '" + directory + "'\n" + script, "sh"));
    command.addAll(ServerProcess.command());
    Map<String, String> all = new TreeMap<>(environment);
    all.put("STARLING_ENDPOINTS", endpoint(0));
    return ServerProcess.startAny(directory, "script-" + System.nanoTime(), command, all).await();
  }

  @Test
  void keysValuesAndFileNamesAreTheirBytesInTheLocaleC() {
    ServerProcess.Ended ended =
        shell(
            Map.of("LC_ALL", "C"),
            """
            k=$(printf '\\320\\272\\320\\272'); d=$(printf '\\320\\264\\320\\264')
            "$@" put "$k" "$k" && "$@" put "$d" "$d" && "$@" get "$k"
            printf '\\211PNG\\377\\000' > "$k"
            "$@" put png --file "$k" --content-type image/png
            "$@" get png --out "$d" && cmp "$k" "$d" && ls | grep -c '?'
            "$@" get png --out - | cmp "$k" - && echo same
            "$@" put "$(printf '\\377')" v; echo $?
            "$@" serve --data "$k"; echo $?
            """);
    assertThat(ended.out())
        .as(ended.err())
        .isEqualTo(
            """
            stored
            stored
            \u043a\u043a
            stored
            wrote 6 bytes of image/png to \u0434\u0434
            0
            same
            2
            2
            """);
    assertThat(ended.errLines()).hasSize(2);
    assertThat(ended.err()).contains("argument 2 is not UTF-8", "data: the locale", "LC_ALL");
  }

  @Test
  void aStreamThatIsFullOrClosedIsStatusOne() {
    Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "this system has no /dev/full");
    ServerProcess.Ended ended =
        shell(
            Map.of(),
            """
            "$@" put full v > /dev/full; echo $?
            "$@" get full > /dev/full; echo $?
            "$@" get full >&-; echo $?
            "$@" put full - <&-; echo $?
            """);
    assertThat(ended.out()).as(ended.err()).isEqualTo("1\n1\n1\n1\n");
    assertThat(ended.errLines().subList(0, 3))
        .allMatch(line -> line.startsWith("starling: standard output cannot be written: "));
    assertThat(ended.errLines().subList(3, ended.errLines().size()))
        .containsExactly("starling: standard input cannot be read: it is closed");
  }

  @Test
  void aMisspeltVariableIsWrongUsageOfEachCommand() {
    for (String command : List.of("serve", "demo", "get k")) {
      ServerProcess.Ended ended =
          ServerProcess.run(directory, Map.of("STARLING_WEIGTH", "5"), command.split(" "));
      assertThat(ended.status()).as(command).isEqualTo(2);
      assertThat(ended.err())
          .isEqualTo(
              "starling: there is no environment variable STARLING_WEIGTH; did you mean"
                  + " STARLING_WEIGHT?\n");
    }
  }

  @Test
  void aHostWithAnUnderscoreIsAsked() throws IOException {
    Path hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1 my_host\n");
    List<String> command = new ArrayList<>(ServerProcess.command("-Djdk.net.hosts.file=" + hosts));
    String endpoint = "my_host:" + cluster.node(0).httpPort;
    command.addAll(List.of("put", "named-host", "v", "--endpoint", endpoint));
    ServerProcess.Ended put =
        ServerProcess.startAny(directory, "underscore", command, Map.of()).await();
    assertThat(put.status()).as(put.err()).isZero();
    command.set(command.indexOf(endpoint), "other_host:1");
    ServerProcess.Ended none =
        ServerProcess.startAny(directory, "no-underscore", command, Map.of()).await();
    assertThat(none.status()).isEqualTo(5);
    assertThat(none.err())
        .isEqualTo("starling: other_host:1 cannot be connected to: its name is not known\n");
  }

  @Test
  void aWriteThatIsNamedIsMadeOnce() throws JsonProcessingException {
    for (int node : new int[] {0, 2}) {
      Shell.Ended put = run(node, "put", "named", "v", "--idempotency-key", "n-1");
      assertThat(put.status()).as(put.err()).isZero();
    }
    assertThat(json(run(1, "get", "named", "-o", "json")).path("value").asText()).isEqualTo("v");
    Shell.Ended other = run(1, "put", "named", "w", "--idempotency-key", "n-1");
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err()).contains("422");
  }

  @Test
  void anEndpointThatBreaksOffOrIsNotReadyIsPassedOver() throws IOException {
    HttpServer unready =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    unready.createContext(
        "/",
        exchange -> {
          byte[] body = "{\"type\":\"urn:starling:problem:not-ready\"}".getBytes(UTF_8);
          exchange.sendResponseHeaders(503, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    HttpServer broken =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    broken.createContext("/", HttpExchange::close);
    unready.start();
    broken.start();
    try {
      String endpoints =
          "127.0.0.1:"
              + unready.getAddress().getPort()
              + ",127.0.0.1:"
              + broken.getAddress().getPort();
      ServerProcess.Ended put =
          ServerProcess.run(
              directory,
              Map.of("STARLING_ENDPOINTS", endpoints + "," + endpoint(1)),
              "put",
              "passed-over",
              "v");
      assertThat(put.status()).as(put.err()).isZero();
      assertThat(run(0, "get", "passed-over").out()).isEqualTo("v\n");
      ServerProcess.Ended unknown =
          ServerProcess.run(
              directory, Map.of("STARLING_ENDPOINTS", endpoints), "put", "passed-over", "w");
      assertThat(unknown.status()).isEqualTo(5);
      assertThat(unknown.err()).contains("the outcome of the request is unknown");
    } finally {
      unready.stop(0);
      broken.stop(0);
    }
  }

  @Test
  void whatCannotBeHasAStatusOfItsOwn() {
    Shell.Ended usage = run(0, "get");
    assertThat(usage.status()).isEqualTo(2);
    assertThat(usage.errLines()).hasSize(1);
    assertThat(run(0, "put", "k", "{", "--json").status()).isEqualTo(2);
    assertThat(run(0, "put", "k", "v", "--context", "nonsense").status()).isEqualTo(1);
    assertThat(run(0, "leave", "n1").status()).isEqualTo(1);
    cluster.kill(2);
    try {
      // Until the others have noticed, no fallback takes the writes of the third primary.
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> cluster.http(0).alive() == 2);
      Shell.Ended all = run(0, "put", "k", "v", "--w", "all", "--timeout-ms", "1000");
      assertThat(all.status()).as(all.err()).isEqualTo(5);
      assertThat(all.errLines()).hasSize(1);
      assertThat(all.err()).contains("503");
    } finally {
      cluster.restart(2);
    }
  }
}
