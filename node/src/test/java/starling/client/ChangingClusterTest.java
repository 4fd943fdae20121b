package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import starling.node.main.LocalNodes;
import starling.ring.Positions;
import starling.ring.Ring;

/** Routing by the ring, while nodes join and stop. */
class ChangingClusterTest {
  private static final int KEYS = 200;

  private static String nodeOf(BlockingBucket<String> bucket, int key) {
    List<Attempt> attempts = bucket.get("k" + key).attempts().list();
    return attempts.get(attempts.size() - 1).node();
  }

  /** How many of the keys a replica answered for. */
  private static int routed(Starling starling, BlockingBucket<String> bucket) {
    Ring ring = starling.cluster().ring().join();
    Map<String, String> http =
        starling.cluster().members().join().stream()
            .collect(Collectors.toMap(Cluster.Member::id, Cluster.Member::http));
    int routed = 0;
    for (int i = 0; i < KEYS; i++) {
      byte[] key = ("k" + i).getBytes(StandardCharsets.UTF_8);
      long position = Positions.position("b".getBytes(StandardCharsets.UTF_8), key);
      List<String> replicas =
          ring.preferenceList(ring.partition(position), 3).stream()
              .map(UUID::toString)
              .map(http::get)
              .toList();
      routed += replicas.contains(nodeOf(bucket, i)) ? 1 : 0;
    }
    return routed;
  }

  @Test
  void requestsFollowTheRingAndAvoidANodeThatStopped() {
    try (LocalNodes nodes = LocalNodes.start(3);
        Starling starling =
            Starling.builder()
                .endpoints(nodes.http().get(0))
                .behavior(Behavior.PATIENT.hedge(Hedge.OFF).attemptTimeout(Duration.ofSeconds(20)))
                .build()) {
      BlockingBucket<String> bucket = starling.bucket("b", Codecs.text()).blocking();
      assertThat(routed(starling, bucket)).isEqualTo(KEYS);
      nodes.add();
      nodes.add();
      String joined = nodes.http().get(4);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                // Any answer tells the client that its copy of the ring is old.
                for (int i = 0; i < KEYS; i++) {
                  if (nodeOf(bucket, i).equals(joined)) {
                    return true;
                  }
                }
                return false;
              });
      assertThat(routed(starling, bucket)).isGreaterThanOrEqualTo(KEYS * 99 / 100);
      bucket.put("k0", "v");
      nodes.stop(1);
      String stopped = nodes.http().get(1);
      assertThat(bucket.get("k0").value()).isEqualTo("v");
      for (int i = 0; i < KEYS; i++) {
        bucket.put("k" + i, "v");
      }
      for (int i = 0; i < KEYS; i++) {
        assertThat(bucket.get("k" + i).attempts().list())
            .as("it is left alone")
            .extracting(Attempt::node)
            .doesNotContain(stopped);
      }
    }
  }
}
