package starling.node.cluster;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that may open few files and sockets, or none any more. */
class DescriptorsIT {
  @TempDir private Path directory;

  @BeforeEach
  void unix() {
    assumeTrue(
        Files.isExecutable(Path.of("/bin/bash")) || Files.isExecutable(Path.of("/usr/bin/bash")),
        "SKIPPED: no bash, which limits the files that a node may open");
  }

  private ServerProcess node(int descriptors, String... more) {
    List<String> args = new ArrayList<>();
    args.addAll(List.of("serve", "--name", "solo", "--data", directory.resolve("d").toString()));
    args.addAll(List.of("--http", "127.0.0.1:0", "--peer", "127.0.0.1:0"));
    args.addAll(List.of("--set", "buckets.default.n=1", "--until-stdin-closes"));
    args.addAll(List.of(more));
    return ServerProcess.startWithin(descriptors, directory, "solo", args);
  }

  private static int port(ServerProcess node) {
    String ready = node.awaitLine("ready ");
    String http = ready.substring(ready.indexOf("http=127.0.0.1:") + 15);
    return Integer.parseInt(http.substring(0, http.indexOf(' ')));
  }

  @Test
  void idleConnectionsLeaveTheLogAndHealthTheirDescriptors() throws IOException {
    ServerProcess node = node(700);
    List<Socket> idle = new ArrayList<>();
    try {
      int port = port(node);
      assertThat(node.err()).contains("http.maxConnections is ", "of 700 files and sockets");
      HttpCalls early = new HttpCalls("http://127.0.0.1:" + port);
      assertThat(early.put("k", "1").status()).isEqualTo(201);
      for (int i = 0; i < 900; i++) {
        idle.add(new Socket(InetAddress.getLoopbackAddress(), port));
      }
      assertThat(byNewConnection(port, "GET", "/health/live")).contains(" 200 ");
      assertThat(byNewConnection(port, "GET", "/health/ready")).contains(" 200 ");
      assertThat(early.put("k", "2").status()).isEqualTo(201);
      assertThat(byNewConnection(port, "DELETE", "/api/v1/store/k"))
          .contains(" 503 ", "overloaded", "\"outcome\":\"none\"");
      assertThat(early.get("/metrics").body()).contains("starling_log_failed 0.0");
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
      node.kill();
    }
  }

  @Test
  void aNumberOfConnectionsThatDoesNotFitEndsTheStartWithTheFigures() {
    ServerProcess.Ended ended = node(700, "--set", "http.maxConnections=650").await();
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err())
        .contains("the process may open 700 files and sockets, and needs ")
        .contains("650 for clients")
        .contains("lower http.maxConnections from 650");
    assertThat(ended.out()).isEmpty();
  }

  @Test
  void withoutDescriptorsItWaitsSaysSoAndGoesOnByItself() throws Exception {
    Path fds = Path.of("/proc/self/fd");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/prlimit")) && Files.isDirectory(fds),
        "SKIPPED: no prlimit and /proc, which take a running node's descriptors away");
    ServerProcess node = node(4_000);
    try {
      HttpCalls http = new HttpCalls("http://127.0.0.1:" + port(node));
      assertThat(http.put("k", "1").status()).isEqualTo(201);
      limit(node, open(node));
      // The clock's lease is saved every few seconds.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> http.get("/health/ready").body().contains("Too many open files"));
      assertThat(http.get("/health/ready").status()).isEqualTo(200);
      HttpCalls.Answer refused = http.put("k", "2");
      assertThat(refused.status()).as(refused.body()).isEqualTo(503);
      assertThat(refused.json().path("outcome").asText()).isEqualTo("none");
      assertThat(refused.json().path("detail").asText()).contains("takes no writes at present");
      assertThat(http.read("k").value()).as("reads go on").isEqualTo("1");
      limit(node, 4_000);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> !http.get("/health/ready").body().contains("warning"));
      assertThat(http.put("k", "3").status()).isEqualTo(201);
      assertThat(node.err().lines().filter(line -> line.contains("the store waits"))).hasSize(1);
      assertThat(node.err().lines().filter(line -> line.contains("the store goes on"))).hasSize(1);
      node.signal("TERM");
      assertThat(node.await(Duration.ofSeconds(20)).status()).isZero();
    } finally {
      node.kill();
    }
  }

  private static String byNewConnection(int port, String method, String path) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      String request = method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static long open(ServerProcess node) throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/" + node.pid() + "/fd"))) {
      return fds.count();
    }
  }

  /** Changes the soft limit of a running process. */
  private static void limit(ServerProcess node, long descriptors) throws Exception {
    Process changed =
        new ProcessBuilder("prlimit", "--pid", "" + node.pid(), "--nofile=" + descriptors + ":")
            .inheritIO()
            .start();
    assertThat(changed.waitFor()).isZero();
  }
}
