package starling.client.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import starling.client.Behavior;
import starling.client.BlockingBucket;
import starling.client.Codecs;
import starling.client.Quorum;
import starling.client.Starling;

/** What the extension does to real processes. */
class StarlingClusterIT {
  private static final Duration HEALTHY = Duration.ofSeconds(60);

  @RegisterExtension static StarlingCluster cluster = StarlingCluster.ofNodes(3);

  private static BlockingBucket<String> texts(Starling starling) {
    return starling.bucket("texts", Codecs.text()).blocking();
  }

  @Test
  void aKilledNodeComesBackWithAllThatWasAcknowledged(StarlingCluster given, Starling starling) {
    assertThat(given).isSameAs(cluster);
    BlockingBucket<String> texts = texts(starling);
    for (int i = 0; i < 20; i++) {
      texts.put("before" + i, "v");
    }
    long killed = cluster.pid(1);
    cluster.kill(1);
    assertThat(ProcessHandle.of(killed)).isEmpty();
    assertThatThrownBy(() -> cluster.kill(1))
        .hasMessage("node 1 cannot be killed: it does not run; restart(1)");
    for (int i = 0; i < 20; i++) {
      texts.put("meanwhile" + i, "v");
    }
    cluster.restart(1);
    cluster.awaitHealthy(HEALTHY);
    BlockingBucket<String> all = texts(starling.with(Behavior.PATIENT.r(Quorum.ALL)));
    for (int i = 0; i < 20; i++) {
      assertThat(all.get("before" + i).value()).isEqualTo("v");
      assertThat(all.get("meanwhile" + i).value()).isEqualTo("v");
    }
  }

  /** The deadline of a call is 3 s; each of these would fail beyond it. */
  @Test
  void callsGoOnWhileANodeIsPaused() {
    BlockingBucket<String> texts = texts(cluster.client());
    texts.put("warm", "v");
    texts = texts(cluster.client().with(Behavior.DEFAULT));
    cluster.pause(2);
    for (int i = 0; i < 30; i++) {
      texts.put("paused" + i, "v");
      assertThat(texts.get("paused" + i).value()).isEqualTo("v");
    }
    assertThatThrownBy(() -> cluster.awaitHealthy(Duration.ofMillis(1)))
        .hasMessageStartingWith("not healthy after PT0.001S: node ");
    cluster.resume(2);
    cluster.awaitHealthy(HEALTHY);
  }

  @Test
  void aNodeThatDoesNotStartSaysWhy() {
    StarlingCluster wrong = StarlingCluster.ofNodes(1).with("buckets.default.w=many");
    assertThatThrownBy(wrong::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("node 0 ended before it was ready; the last lines of its log:\n")
        .hasMessageContaining("buckets.default.w");
  }

  /** The directory of the nodes does outlive it, so it lies in one that is removed. */
  @Test
  void noProcessOutlivesTheJvmThatStartedIt(@TempDir Path directory) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djava.io.tmpdir=" + directory);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(KilledProgram.class.getName());
    Process program =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<ProcessHandle> nodes = new ArrayList<>();
    try (BufferedReader lines = program.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); !"done".equals(line); line = lines.readLine()) {
        assertThat(line).as("the program has started its cluster").isNotNull();
        nodes.add(ProcessHandle.of(Long.parseLong(line)).orElseThrow());
      }
      assertThat(nodes).hasSize(2).allMatch(ProcessHandle::isAlive);
    } finally {
      program.destroyForcibly();
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(nodes).noneMatch(ProcessHandle::isAlive));
  }
}
