package starling.node.process;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
    int port = port(node);
    try (Kept early = new Kept(port)) {
      assertThat(node.err()).contains("http.maxConnections is ", "of 700 files and sockets");
      assertThat(early.ask("PUT", "k", "{\"value\":1}")).contains(" 201 ");
      for (int i = 0; i < 900; i++) {
        idle.add(new Socket(InetAddress.getLoopbackAddress(), port));
      }
      assertThat(byNewConnection(port, "GET", "/health/live")).contains(" 200 ");
      assertThat(byNewConnection(port, "GET", "/health/ready")).contains(" 200 ");
      assertThat(early.ask("PUT", "k", "{\"value\":2}")).contains(" 201 ");
      assertThat(byNewConnection(port, "DELETE", "/api/v1/store/k"))
          .contains(" 503 ", "overloaded", "\"outcome\":\"none\"");
      assertThat(early.ask("GET /metrics", "")).contains("starling_log_failed 0.0");
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
    try (Kept http = new Kept(port(node))) {
      assertThat(http.ask("PUT", "k", "{\"value\":1}")).contains(" 201 ");
      limit(node, open(node));
      // The clock's lease is saved every few seconds.
      await().atMost(Duration.ofSeconds(30)).until(() -> http.ready().contains("Too many open"));
      assertThat(http.ready()).contains(" 200 ");
      assertThat(http.ask("PUT", "k", "{\"value\":2}"))
          .contains(" 503 ", "\"outcome\":\"none\"", "accepts no writes at present");
      assertThat(http.ask("GET", "k", "")).as("reads go on").contains(" 200 ", "\"value\":1");
      limit(node, 4_000);
      await().atMost(Duration.ofSeconds(30)).until(() -> !http.ready().contains("warning"));
      assertThat(http.ask("PUT", "k", "{\"value\":3}")).contains(" 201 ");
      assertThat(node.err()).contains("the store waits", "the store continues");
      assertThat(node.err().lines().filter(line -> line.contains("the store waits")).count())
          .as("lines, not one for each try")
          .isLessThan(4);
      node.signal("TERM");
      assertThat(node.await(Duration.ofSeconds(20)).status()).isZero();
    } finally {
      node.kill();
    }
  }

  /**
   * A client on one connection, which it never gives up: a node may not be able to take another.
   */
  private static final class Kept implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;

    Kept(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(20_000);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    String ready() throws IOException {
      return ask("GET /health/ready", "");
    }

    String ask(String method, String key, String body) throws IOException {
      return ask(method + " /api/v1/store/" + key, body);
    }

    private String ask(String what, String body) throws IOException {
      String request =
          what
              + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body;
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      StringBuilder answer = new StringBuilder();
      int length = 0;
      for (String line = line(); !line.isEmpty(); line = line()) {
        answer.append(line).append('\n');
        if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(15).strip());
        }
      }
      return answer + new String(in.readNBytes(length), UTF_8);
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
        line.append(c == '\r' ? "" : String.valueOf((char) c));
      }
      return line.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
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
