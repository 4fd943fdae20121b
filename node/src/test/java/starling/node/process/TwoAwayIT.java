package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Two of five nodes away, one killed and one frozen: writes at a quorum go on from the first moment
 * with no error and within their time, those that ask for all primaries say who took them, and when
 * both are back all that was taken stands where it belongs.
 */
class TwoAwayIT {
  private static final int KILLED = 1;
  private static final int FROZEN = 3;
  private static final List<Integer> STANDING = List.of(0, 2, 4);
  private static final int WRITES = 300;
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);

  @Test
  void writesGoOnWithOneNodeKilledAndOneFrozen() {
    try (LocalCluster cluster = LocalCluster.start(5)) {
      Settled.awaitMembers(cluster);
      // Once through the code of all nodes, so that what is measured is not compilation.
      for (int i = 0; i < 200; i++) {
        assertThat(put(cluster, i % 5, "warm-" + i, i, "").status()).isEqualTo(201);
      }
      String frozenKey = keyWithAFrozenPrimaryOnly(cluster);
      cluster.kill(KILLED);
      cluster.freeze(FROZEN);
      // No node has noticed yet that it is frozen, so a write that needs no context is taken by
      // two.
      Map<String, Integer> perhaps = new LinkedHashMap<>();
      assertThat(takenByAllPrimaries(cluster, 0, frozenKey, 7, perhaps)).isFalse();
      assertThat(perhaps).containsKey(frozenKey);
      Map<String, Integer> stored = new LinkedHashMap<>();
      List<Long> micros = new ArrayList<>();
      for (int i = 0; i < WRITES; i++) {
        long begun = System.nanoTime();
        HttpCalls.Answer answer = put(cluster, STANDING.get(i % 3), "away-" + i, i, "?w=quorum");
        micros.add((System.nanoTime() - begun) / 1000);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        stored.put("away-" + i, i);
      }
      micros.sort(null);
      System.out.printf(
          "%d writes at w=quorum with one node killed and one frozen: no error, median %.1f ms,"
              + " 99%% within %.1f ms, slowest %.1f ms%n",
          WRITES,
          micros.get(WRITES / 2) / 1e3,
          micros.get(WRITES * 99 / 100) / 1e3,
          micros.get(WRITES - 1) / 1e3);
      assertThat(micros.get(WRITES - 1)).isLessThan(REQUEST_TIMEOUT.toNanos() / 1000);

      int taken = 0;
      for (int i = 0; i < 12; i++) {
        taken += takenByAllPrimaries(cluster, STANDING.get(i % 3), "all-" + i, i, perhaps) ? 1 : 0;
      }
      assertThat(taken).isLessThan(12);

      double kept = Settled.hintsOf(STANDING.stream().map(cluster::node).toList());
      assertThat(kept).isPositive();
      cluster.restart(KILLED);
      cluster.thaw(FROZEN);
      long back = System.nanoTime();
      Settled.awaitMembers(cluster);
      Settled.awaitHintsHome(cluster);
      System.out.printf(
          "%.0f hints were home %d ms after both were back%n",
          kept, (System.nanoTime() - back) / 1_000_000);
      // A write whose time was not over yet when both were back gets its last copy a little later.
      stored.forEach(
          (key, value) ->
              await()
                  .atMost(REQUEST_TIMEOUT.multipliedBy(3))
                  .untilAsserted(
                      () ->
                          assertThat(Settled.heldByAll(cluster.http(0), key))
                              .as(key)
                              .isEqualTo(Set.of(value))));
      for (Map.Entry<String, Integer> entry : perhaps.entrySet()) {
        HttpCalls.Answer read = cluster.http(0).get("/api/v1/store/" + entry.getKey() + "?r=all");
        assertThat(read.status()).as(read.body()).isEqualTo(200);
        assertThat(read.json().path("value").asInt()).isEqualTo(entry.getValue());
      }
    }
  }

  /**
   * Writes a key that all its primaries must take. Where one of them is away this is refused, and
   * the refusal names just those who hold the value now.
   *
   * @param perhaps gets what was refused and may stand all the same
   */
  private static boolean takenByAllPrimaries(
      LocalCluster cluster, int node, String key, int value, Map<String, Integer> perhaps) {
    Set<String> away = Set.of(cluster.node(KILLED).name, cluster.node(FROZEN).name);
    Set<String> primaries = primaries(cluster.http(node), key);
    HttpCalls.Answer answer = put(cluster, node, key, value, "?w=quorum&pw=all&timeoutMs=1000");
    if (primaries.stream().noneMatch(away::contains)) {
      assertThat(answer.status()).as(answer.body()).isEqualTo(201);
      return true;
    }
    assertThat(answer.status()).as(answer.body()).isIn(503, 504);
    JsonNode problem = answer.json();
    Set<String> acknowledged = new TreeSet<>();
    problem.path("acknowledged").forEach(name -> acknowledged.add(name.asText()));
    assertThat(acknowledged).as(answer.body()).doesNotContainAnyElementsOf(away);
    Set<Integer> held = heldBy(cluster.http(0), key, acknowledged);
    if (problem.path("outcome").asText().equals("none")) {
      assertThat(acknowledged).as(answer.body()).isEmpty();
    } else {
      assertThat(problem.path("outcome").asText()).as(answer.body()).isEqualTo("unknown");
      assertThat(acknowledged).as(answer.body()).isNotEmpty();
      assertThat(held).as(answer.body()).isEqualTo(Set.of(value));
      perhaps.put(key, value);
    }
    return false;
  }

  private static String keyWithAFrozenPrimaryOnly(LocalCluster cluster) {
    for (int i = 0; i < 200; i++) {
      Set<String> primaries = primaries(cluster.http(0), "frozen-" + i);
      if (primaries.contains(cluster.node(FROZEN).name)
          && !primaries.contains(cluster.node(KILLED).name)) {
        return "frozen-" + i;
      }
    }
    throw new AssertionError("no key of 200 has the one for a primary and not the other");
  }

  /** Every other write is blind: it asks before it stores. */
  private static HttpCalls.Answer put(
      LocalCluster cluster, int node, String key, int value, String options) {
    return cluster
        .http(node)
        .send(
            "PUT", "/api/v1/store/" + key + options, "{\"value\":" + value + ",\"context\":\"\"}");
  }

  private static Set<String> primaries(HttpCalls http, String key) {
    Set<String> names = new TreeSet<>();
    for (JsonNode replica : replicas(http, key)) {
      if (replica.path("role").asText().equals("primary")) {
        names.add(replica.path("node").asText());
      }
    }
    return names;
  }

  /** What these nodes hold of a key; each of them must hold it. */
  private static Set<Integer> heldBy(HttpCalls http, String key, Set<String> nodes) {
    Set<Integer> held = new TreeSet<>();
    Set<String> holders = new TreeSet<>();
    for (JsonNode replica : replicas(http, key)) {
      String name = replica.path("node").asText();
      for (JsonNode version : replica.path("versions")) {
        if (nodes.contains(name)) {
          held.add(version.path("value").asInt(-1));
          holders.add(name);
        }
      }
    }
    assertThat(holders).isEqualTo(nodes);
    return held;
  }

  private static JsonNode replicas(HttpCalls http, String key) {
    return http.get("/api/v1/replicas?timeoutMs=500&key=" + key).json().path("replicas");
  }
}
