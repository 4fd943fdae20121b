package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How one node starts, refuses to start, and stops. */
class ServeIT {
  private static final Pattern READY =
      Pattern.compile("ready name=(\\S+) http=(\\S+):([0-9]+) peer=(\\S+):([0-9]+)");

  @TempDir private Path directory;

  private ServerProcess solo(String name, String... more) {
    List<String> args = new ArrayList<>();
    args.addAll(List.of("serve", "--name", name, "--data", directory.resolve(name).toString()));
    args.addAll(List.of("--http", "127.0.0.1:0", "--peer", "127.0.0.1:0"));
    args.addAll(List.of("--set", "buckets.default.n=1", "--until-stdin-closes"));
    args.addAll(List.of(more));
    return ServerProcess.start(directory, name + "-" + System.nanoTime(), args);
  }

  private static HttpCalls http(String ready) {
    Matcher matcher = READY.matcher(ready);
    assertThat(matcher.matches()).as(ready).isTrue();
    return new HttpCalls("http://" + matcher.group(2) + ":" + matcher.group(3));
  }

  @Test
  void wrongOptionsEndItWithOneLineAndStatusTwo() throws IOException {
    Path file = directory.resolve("tokens.yaml");
    Files.writeString(file, "security:\n  tokens:\n    - name: shop\n");
    Map<String, List<String>> wrong = new LinkedHashMap<>();
    wrong.put("--nope", List.of("--nope"));
    wrong.put("http.listen", List.of("--http", "nonsense"));
    wrong.put("peer.listen", List.of("--peer", "127.0.0.1:99999"));
    wrong.put("weight", List.of("--set", "weight=heavy"));
    wrong.put("http.maxValueBytes", List.of("--set", "http.maxValuesBytes=1"));
    wrong.put("--advertise-http", List.of("--insecure", "--http", "0.0.0.0:0"));
    wrong.put("--advertise-peer", List.of("--insecure", "--peer", "[::]:0"));
    wrong.put("--insecure", List.of("--http", "192.0.2.1:0"));
    wrong.put("security.tls", List.of("--set", "security.tls.client.key=x"));
    wrong.put("security.jwt", List.of("--set", "security.jwt.issuer=x"));
    wrong.put("security.tokens", List.of("--config", file.toString()));
    Map<String, ServerProcess> processes = new LinkedHashMap<>();
    wrong.forEach(
        (word, more) -> {
          List<String> args = new ArrayList<>(List.of("serve", "--data", directory + "/no"));
          args.addAll(more);
          processes.put(word, ServerProcess.start(directory, word, args));
        });
    processes.forEach(
        (word, process) -> {
          ServerProcess.Ended ended = process.await();
          assertThat(ended.status()).as(word + ended).isEqualTo(2);
          assertThat(ended.errLines()).as(word).hasSize(1);
          assertThat(ended.err()).startsWith("starling: ").contains(word);
          assertThat(ended.out()).isEmpty();
        });
    assertThat(directory.resolve("no")).doesNotExist();
  }

  @Test
  void oneLineSaysThatItIsReadyAndWhere() {
    ServerProcess process = solo("solo");
    try {
      Matcher ready = READY.matcher(process.awaitLine("ready "));
      assertThat(ready.matches()).isTrue();
      assertThat(ready.group(1)).isEqualTo("solo");
      assertThat(Integer.parseInt(ready.group(3))).isPositive();
      assertThat(Integer.parseInt(ready.group(5))).isPositive();
      HttpCalls http = new HttpCalls("http://127.0.0.1:" + ready.group(3));
      assertThat(http.get("/health/ready").status()).isEqualTo(200);
      assertThat(http.put("k", "v").status()).isEqualTo(201);
      assertThat(http.members().get(0).path("peer").asText())
          .isEqualTo("127.0.0.1:" + ready.group(5));
      process.signal("TERM");
      assertThat(process.await(Duration.ofSeconds(10)).status()).isZero();
      assertThat(process.out().lines()).hasSize(1);
    } finally {
      process.kill();
    }
  }

  @Test
  void itListensOnIpv6() {
    boolean present;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getAllByName("::1")[0])) {
      present = socket.isBound();
    } catch (IOException e) {
      present = false;
    }
    if (!present) {
      System.err.println("SKIPPED: this machine has no IPv6 loopback address");
    }
    assumeTrue(present, "this machine has no IPv6 loopback address");
    ServerProcess process =
        ServerProcess.start(
            directory,
            "six",
            List.of(
                "serve",
                "--name",
                "six",
                "--data",
                directory.resolve("six6").toString(),
                "--http",
                "[::1]:0",
                "--peer",
                "[::1]:0",
                "--set",
                "buckets.default.n=1",
                "--until-stdin-closes"));
    try {
      String line = process.awaitLine("ready ");
      assertThat(line).contains("http=[::1]:").contains("peer=[::1]:");
      HttpCalls http = http(line);
      assertThat(http.put("k", "v").status()).isEqualTo(201);
      assertThat(http.read("k").value()).isEqualTo("v");
    } finally {
      process.kill();
    }
  }

  @Test
  void toldToStopUnderLoadItEndsWellAndKeepsWhatItAcknowledged() {
    ServerProcess process = solo("load");
    ConcurrentSkipListSet<String> acknowledged = new ConcurrentSkipListSet<>();
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> writers = new ArrayList<>();
    try {
      HttpCalls http = http(process.awaitLine("ready "));
      for (int w = 0; w < 4; w++) {
        int writer = w;
        Thread thread =
            new Thread(
                () -> {
                  for (int i = 0; !stop.get(); i++) {
                    String key = "w" + writer + "-" + i;
                    try {
                      if (http.put(key, key).status() == 201) {
                        acknowledged.add(key);
                      }
                    } catch (RuntimeException e) {
                      // The node stops: what is not acknowledged is not counted.
                    }
                  }
                });
        writers.add(thread);
        thread.start();
      }
      await().atMost(Duration.ofSeconds(30)).until(() -> acknowledged.size() > 200);
      process.signal("TERM");
      ServerProcess.Ended ended = process.await(Duration.ofSeconds(10));
      assertThat(ended.status()).as(ended.err()).isZero();
      assertThat(ended.err()).doesNotContain("did not stop cleanly").doesNotContain("Exception");
    } finally {
      stop.set(true);
      process.kill();
    }
    for (Thread thread : writers) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        fail("interrupted", e);
      }
    }
    ServerProcess again = solo("load");
    try {
      HttpCalls http = http(again.awaitLine("ready "));
      for (String key : acknowledged) {
        assertThat(http.read(key).value()).isEqualTo(key);
      }
      assertThat(again.err()).doesNotContain("WARN").doesNotContain("ERROR");
    } finally {
      again.kill();
    }
  }

  @Test
  void aDirectoryOrPortInUseEndsItWithStatusOne() {
    ServerProcess first = solo("taken");
    try {
      Matcher ready = READY.matcher(first.awaitLine("ready "));
      assertThat(ready.matches()).isTrue();
      List<ServerProcess> others =
          List.of(
              solo("taken"),
              ServerProcess.start(
                  directory,
                  "http",
                  List.of(
                      "serve",
                      "--data",
                      directory.resolve("http").toString(),
                      "--http",
                      "127.0.0.1:" + ready.group(3),
                      "--peer",
                      "127.0.0.1:0")),
              ServerProcess.start(
                  directory,
                  "peer",
                  List.of(
                      "serve",
                      "--data",
                      directory.resolve("peer").toString(),
                      "--http",
                      "127.0.0.1:0",
                      "--peer",
                      "127.0.0.1:" + ready.group(5))),
              ServerProcess.start(
                  directory, "unwritable", List.of("serve", "--data", "/proc/starling")));
      List<String> words =
          List.of("taken", ready.group(3), ready.group(5), "data directory /proc/starling");
      for (int i = 0; i < others.size(); i++) {
        ServerProcess.Ended ended = others.get(i).await();
        assertThat(ended.status()).as(ended.err()).isEqualTo(1);
        assertThat(ended.errLines().stream().filter(line -> line.startsWith("starling: ")))
            .as(ended.err())
            .hasSize(1);
        assertThat(ended.err()).contains(words.get(i)).doesNotContain("\tat ");
        assertThat(ended.out()).isEmpty();
      }
      assertThat(http(first.awaitLine("ready ")).put("k", "v").status()).isEqualTo(201);
    } finally {
      first.kill();
    }
  }

  @Test
  void standardInputThatIsClosedEndsItOnlyWhenAskedTo() {
    List<String> command = new ArrayList<>(List.of("bash", "-c", "exec \"$@\" </dev/null", "-"));
    command.addAll(ServerProcess.java());
    command.addAll(List.of("-jar", ServerProcess.root() + "/node/target/starling.jar", "serve"));
    command.addAll(List.of("--http", "127.0.0.1:0", "--peer", "127.0.0.1:0"));
    command.addAll(List.of("--data", directory.resolve("null").toString()));
    ServerProcess stays = ServerProcess.startAny(directory, "stays", command, Map.of());
    try {
      HttpCalls http = http(stays.awaitLine("ready "));
      await()
          .during(Duration.ofMillis(500))
          .until(() -> http.get("/health/ready").status() == 200 && stays.alive());
      command.add("--until-stdin-closes");
      command.addAll(List.of("--set", "name=ends", "--set", "log.level=error"));
      command.set(command.indexOf(directory.resolve("null").toString()), directory + "/ends");
      ServerProcess ends = ServerProcess.startAny(directory, "ends", command, Map.of());
      assertThat(ends.await().status()).isZero();
    } finally {
      stays.kill();
    }
  }
}
