package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Waits until a cluster whose faults are healed has settled: all members see each other, nothing is
 * kept for anybody any more, and all primaries of each key hold the same.
 */
final class Settled {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private Settled() {}

  static void awaitMembers(LocalCluster cluster) {
    await()
        .atMost(LIMIT)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              for (LocalNode node : cluster.nodes) {
                assertThat(node.http().get("/health/ready").status()).as(node.name).isEqualTo(200);
                assertThat(node.http().alive()).as(node.name).isEqualTo(cluster.nodes.size());
              }
            });
  }

  /** The value of a metric without labels. */
  static double metric(HttpCalls http, String name) {
    return http.get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no metric " + name));
  }

  /** Sets that these nodes together keep for others. */
  static double hintsOf(List<LocalNode> nodes) {
    return nodes.stream().mapToDouble(node -> metric(node.http(), "starling_hints")).sum();
  }

  static void awaitHintsHome(LocalCluster cluster) {
    await()
        .atMost(LIMIT)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              for (LocalNode node : cluster.nodes) {
                assertThat(metric(node.http(), "starling_hints")).as(node.name).isZero();
                assertThat(metric(node.http(), "starling_hint_partitions")).as(node.name).isZero();
              }
            });
  }

  /** What stands under each key, the same at all primaries and for a read of all of them. */
  static Map<String, Set<Integer>> awaitAgreement(LocalCluster cluster, List<String> keys) {
    Map<String, Set<Integer>> standing = new LinkedHashMap<>();
    int turn = 0;
    for (String key : keys) {
      HttpCalls http = cluster.http(turn++ % cluster.nodes.size());
      await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(50))
          .pollDelay(Duration.ZERO)
          .untilAsserted(
              () -> {
                HttpCalls.Answer read = http.get("/api/v1/store/" + key + "?r=all");
                assertThat(read.status()).as(read.body()).isIn(200, 300, 404);
                Set<Integer> held = heldByAll(http, key);
                assertThat(CheckedWorkload.shown(read)).as(key).isEqualTo(held);
                standing.put(key, held);
              });
    }
    return standing;
  }

  /** The values under a key; all its primaries hold the same versions, and no other node any. */
  static Set<Integer> heldByAll(HttpCalls http, String key) {
    HttpCalls.Answer answer = http.get("/api/v1/replicas?key=" + key);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    Set<String> first = null;
    Set<Integer> held = new TreeSet<>();
    int primaries = 0;
    for (JsonNode replica : answer.json().path("replicas")) {
      assertThat(replica.path("role").asText()).as(answer.body()).isEqualTo("primary");
      assertThat(replica.path("reachable").asBoolean()).as(answer.body()).isTrue();
      Set<String> versions = new TreeSet<>();
      for (JsonNode version : replica.path("versions")) {
        versions.add(version.toString());
        if (!version.path("tombstone").asBoolean()) {
          held.add(version.path("value").asInt(-1));
        }
      }
      first = first == null ? versions : first;
      assertThat(versions).as(answer.body()).isEqualTo(first);
      primaries++;
    }
    assertThat(primaries).as(answer.body()).isEqualTo(3);
    return held;
  }
}
