package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real data directories that are wiped, restored from a copy, or run twice. */
class IdentityIT {
  private static final int KEYS = 60;
  private LocalCluster cluster;

  @BeforeEach
  void start() {
    cluster = LocalCluster.start(3);
    for (int i = 0; i < KEYS; i++) {
      HttpCalls.Answer put = cluster.http(i % 3).put("k" + i, "first-" + i);
      assertThat(put.status()).as(put.body()).isEqualTo(201);
    }
  }

  @AfterEach
  void stop() {
    cluster.stop();
  }

  /** Every third key is deleted, the others get a new value. */
  private void changeAll(int node) {
    for (int i = 0; i < KEYS; i++) {
      HttpCalls http = cluster.http(node);
      HttpCalls.Answer changed =
          i % 3 == 0
              ? http.send("DELETE", "/api/v1/store/k" + i, null)
              : http.put("k" + i, "second-" + i);
      assertThat(changed.status()).as(changed.body()).isBetween(200, 204);
    }
  }

  /** All nodes show what {@link #changeAll} has left, to readers of one replica too. */
  private void assertChanged() {
    for (int node = 0; node < 3; node++) {
      for (int i = 0; i < KEYS; i++) {
        for (String query : List.of("", "?r=1")) {
          HttpCalls.Answer read = cluster.http(node).get("/api/v1/store/k" + i + query);
          if (i % 3 == 0) {
            assertThat(read.status()).as("k%d at %d: %s", i, node, read.body()).isEqualTo(404);
          } else {
            assertThat(read.value()).isEqualTo("second-" + i);
          }
        }
      }
    }
  }

  private double metric(int node, String name) {
    return cluster
        .http(node)
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(-1);
  }

  private void awaitRefilled(int node) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> metric(node, "starling_partitions_incomplete") == 0);
  }

  /** Returns when the others have heard how far the node's log is now. */
  private void awaitShown(int node) {
    double before = metric(node, "starling_durable_position_announced_bytes");
    HttpCalls.Answer put =
        cluster.http(node).send("PUT", "/api/v1/store/shown?w=all", "{\"value\":1}");
    assertThat(put.status()).as(put.body()).isEqualTo(201);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> metric(node, "starling_durable_position_announced_bytes") > before);
    // The announcement was sent at once; this request comes behind it.
    assertThat(cluster.http(node).read("shown").status()).isEqualTo(200);
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aWipedDirectoryIsRefilledAndNothingIsLost() throws IOException {
    changeAll(0);
    cluster.kill(1);
    Path data = cluster.node(1).data;
    byte[] id = Files.readAllBytes(data.resolve("node-id"));
    LocalCluster.delete(data);
    Files.createDirectories(data);
    Files.write(data.resolve("node-id"), id);
    cluster.restart(1);
    awaitRefilled(1);
    assertThat(metric(1, "starling_rollbacks_detected_total")).isEqualTo(1);
    assertThat(cluster.node(1).process().err()).contains("ROLLED BACK", "hints");
    assertChanged();
    // What it was refilled with is as good as what was there.
    cluster.kill(0);
    for (int i = 1; i < KEYS; i += 3) {
      assertThat(cluster.http(1).get("/api/v1/store/k" + i + "?r=1").value())
          .isEqualTo("second-" + i);
    }
    cluster.kill(1);
    cluster.node(0).start();
    cluster.restart(1);
    cluster.node(0).awaitReady();
    awaitRefilled(1);
    assertThat(metric(1, "starling_rollbacks_detected_total")).isZero();
    assertChanged();
  }

  @Test
  void aDirectoryRestoredFromACopyIsNoticedAndRefilled() {
    Path data = cluster.node(2).data;
    Path backup = cluster.directory.resolve("backup");
    cluster.kill(2);
    copy(data, backup);
    cluster.restart(2);
    awaitRefilled(2);
    changeAll(0);
    awaitShown(2);
    cluster.kill(2);
    LocalCluster.delete(data);
    copy(backup, data);
    cluster.restart(2);
    awaitRefilled(2);
    assertThat(metric(2, "starling_rollbacks_detected_total")).isEqualTo(1);
    assertThat(cluster.node(2).process().err()).contains("ROLLED BACK");
    assertChanged();
  }

  @Test
  void ofTwoProcessesOnCopiesOfOneDirectoryOneStepsBack() throws IOException {
    changeAll(0);
    cluster.kill(1);
    Path copied = cluster.directory.resolve("copied");
    copy(cluster.node(1).data, copied);
    cluster.restart(1);
    List<Integer> ports = LocalCluster.freePorts(2);
    ServerProcess twin =
        ServerProcess.start(
            cluster.directory,
            "twin",
            List.of(
                "serve",
                "--name",
                "n2",
                "--data",
                copied.toString(),
                "--http",
                "127.0.0.1:" + ports.get(0),
                "--peer",
                "127.0.0.1:" + ports.get(1),
                "--seed",
                "127.0.0.1:" + cluster.node(0).peerPort,
                "--until-stdin-closes"));
    ServerProcess original = cluster.node(1).process();
    await().atMost(Duration.ofSeconds(60)).until(() -> !original.alive() || !twin.alive());
    ServerProcess ended = original.alive() ? twin : original;
    ServerProcess stayed = original.alive() ? original : twin;
    assertThat(ended.await().status()).isEqualTo(1);
    assertThat(ended.err()).contains("another process");
    assertThat(stayed.alive()).as(stayed.transcript()).isTrue();
    stayed.kill();
    cluster.restart(1);
    awaitRefilled(1);
    assertChanged();
  }
}
