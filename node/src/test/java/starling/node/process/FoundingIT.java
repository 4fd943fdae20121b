package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How nodes become one cluster in any order, and never two of one, or one of two. */
class FoundingIT {
  private static final Duration LONG = Duration.ofSeconds(40);

  private static void awaitOneRing(LocalCluster cluster) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              JsonNode ring = cluster.http(0).get("/api/v1/cluster/ring").json();
              for (int i = 0; i < cluster.nodes.size(); i++) {
                assertThat(cluster.http(i).alive()).isEqualTo(cluster.nodes.size());
                JsonNode other = cluster.http(i).get("/api/v1/cluster/ring").json();
                assertThat(other.path("hash")).isEqualTo(ring.path("hash"));
                assertThat(other.path("nodes")).hasSize(cluster.nodes.size());
              }
            });
  }

  @Test
  void theOthersWaitForTheFirstSeed() {
    try (LocalCluster cluster = LocalCluster.prepare(3)) {
      cluster.node(2).start();
      cluster.node(1).start();
      for (int i = 1; i < 3; i++) {
        HttpCalls http = cluster.http(i);
        await()
            .atMost(LONG)
            .ignoreExceptions()
            .until(() -> http.get("/health/live").status() == 200);
        await()
            .during(Duration.ofSeconds(2))
            .atMost(LONG)
            .until(() -> http.get("/health/ready").status() == 503);
        assertThat(http.put("early", "v").status()).isEqualTo(503);
        assertThat(cluster.node(i).process().out()).isEmpty();
      }
      cluster.node(0).start();
      cluster.nodes.forEach(LocalNode::awaitReady);
      awaitOneRing(cluster);
      assertThat(cluster.http(2).put("late", "v").status()).isEqualTo(201);
      assertThat(cluster.http(0).read("late").value()).isEqualTo("v");
    }
  }

  @Test
  void fiveNodesInAnyOrderAreOneCluster() {
    try (LocalCluster cluster = LocalCluster.prepare(5)) {
      for (int i : List.of(3, 0, 4, 2, 1)) {
        cluster.node(i).start();
      }
      cluster.nodes.forEach(LocalNode::awaitReady);
      awaitOneRing(cluster);
      for (int i = 0; i < 5; i++) {
        assertThat(cluster.http(i).put("k" + i, "v" + i).status()).isEqualTo(201);
        assertThat(cluster.http((i + 2) % 5).read("k" + i).value()).isEqualTo("v" + i);
      }
    }
  }

  @Test
  void twoClustersStayTwoAndTheLaterFounderEnds() throws IOException {
    Path directory = Files.createTempDirectory("starling-it-");
    List<Integer> ports = LocalCluster.freePorts(6);
    LocalNode first = alone(directory, "first", ports.get(0), ports.get(1), ports.get(1));
    LocalNode second = alone(directory, "second", ports.get(2), ports.get(3), ports.get(3));
    LocalNode stranger =
        new LocalNode(
            directory,
            "stranger",
            ports.get(4),
            ports.get(5),
            List.of(ports.get(1)),
            "--set",
            "security.clusterName=another");
    try {
      long begun = System.nanoTime();
      first.start();
      first.awaitReady();
      // Without another member to ask it waits for nothing; with one it would for 10 s.
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(9));
      second.start();
      second.awaitReady();
      assertThat(first.http().put("k", "of the first").status()).isEqualTo(201);
      assertThat(second.http().put("k", "of the second").status()).isEqualTo(201);
      assertThat(second.terminate().status()).isZero();

      LocalNode meets = alone(directory, "second", ports.get(2), ports.get(3), ports.get(1));
      meets.start();
      ServerProcess.Ended ended = meets.process().await();
      assertThat(ended.status()).as(ended.err()).isEqualTo(1);
      assertThat(ended.errLines().stream().filter(line -> line.startsWith("starling: ")))
          .as(ended.err())
          .hasSize(1);
      assertThat(first.process().alive()).isTrue();
      assertThat(first.http().read("k").value()).isEqualTo("of the first");

      stranger.start();
      await()
          .atMost(LONG)
          .ignoreExceptions()
          .until(() -> stranger.http().get("/health/live").status() == 200);
      await()
          .during(Duration.ofSeconds(2))
          .atMost(LONG)
          .until(
              () ->
                  !stranger.process().alive()
                      || stranger.http().get("/health/ready").status() == 503);
      assertThat(first.http().members()).hasSize(1);
    } finally {
      for (LocalNode node : List.of(first, second, stranger)) {
        if (node.started()) {
          node.process().kill();
        }
      }
      LocalCluster.delete(directory);
    }
  }

  private static LocalNode alone(Path directory, String name, int http, int peer, int seed) {
    return new LocalNode(
        directory, name, http, peer, List.of(seed), "--set", "buckets.default.n=1");
  }

  @Test
  void aCopyOfARunningNodeEndsOneOfTheTwo() throws IOException {
    try (LocalCluster cluster = LocalCluster.start(3)) {
      for (int i = 0; i < 30; i++) {
        assertThat(cluster.http(i % 3).put("copy-" + i, "v" + i).status()).isEqualTo(201);
      }
      LocalNode original = cluster.node(2);
      List<Integer> ports = LocalCluster.freePorts(2);
      LocalNode copy =
          new LocalNode(
              cluster.directory,
              "copy",
              ports.get(0),
              ports.get(1),
              List.of(cluster.node(0).peerPort));
      copy(original.data, copy.data);
      copy.start();
      try {
        await().atMost(LONG).until(() -> !copy.process().alive() || !original.process().alive());
        ServerProcess ended = copy.process().alive() ? original.process() : copy.process();
        assertThat(ended.await().status()).as(ended.transcript()).isEqualTo(1);
        assertThat(ended.err().lines().filter(line -> line.startsWith("starling: ")))
            .as(ended.transcript())
            .hasSize(1);
        for (int i = 0; i < 30; i++) {
          assertThat(cluster.http(i % 2).read("copy-" + i).value()).isEqualTo("v" + i);
          assertThat(cluster.http(i % 2).put("copy-" + i, "w" + i).status()).isEqualTo(201);
        }
      } finally {
        copy.process().kill();
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
