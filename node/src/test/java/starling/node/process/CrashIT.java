package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import starling.node.runtime.metrics.Exposition;

/** What a cluster of three holds and answers while its processes are killed and frozen. */
class CrashIT {
  private static LocalCluster cluster;

  @BeforeAll
  static void start() {
    cluster = LocalCluster.start(3);
  }

  @AfterAll
  static void stop() {
    cluster.stop();
  }

  @Test
  void whatWasAcknowledgedIsThereAfterAllAreKilledAtOnce() {
    Map<String, String> stored = new LinkedHashMap<>();
    for (int i = 0; i < 300; i++) {
      String key = "crash-" + i;
      HttpCalls.Answer first = cluster.http(i % 3).put(key, "first-" + i);
      assertThat(first.status()).as(first.body()).isEqualTo(201);
      stored.put(key, "first-" + i);
      if (i % 3 == 0) {
        String context = i % 2 == 0 ? first.json().path("context").asText() : "";
        HttpCalls.Answer second = cluster.http((i + 1) % 3).put(key, "second-" + i, context);
        assertThat(second.status()).as(second.body()).isEqualTo(201);
        stored.put(key, "second-" + i);
      }
    }
    cluster.killAll();
    cluster.startAll();
    int node = 0;
    for (Map.Entry<String, String> entry : stored.entrySet()) {
      assertThat(cluster.http(node++ % 3).read(entry.getKey()).value())
          .as(entry.getKey())
          .isEqualTo(entry.getValue());
    }
  }

  @Test
  void aNamedWriteIsMadeOnceAlthoughTheNodesThatTookItAreKilled() {
    Map<String, String> name = Map.of("Idempotency-Key", "once");
    HttpCalls.Answer first = cluster.http(0).putBytes("named", new byte[] {1}, name);
    assertThat(first.status()).as(first.body()).isEqualTo(201);
    cluster.kill(0);
    try {
      HttpCalls.Answer again = cluster.http(1).putBytes("named", new byte[] {1}, name);
      assertThat(again.status()).as(again.body()).isEqualTo(201);
      assertThat(again.json().path("version")).isEqualTo(first.json().path("version"));
    } finally {
      cluster.restart(0);
    }
    assertThat(cluster.http(2).read("named").value()).isEqualTo("AQ==");
    HttpCalls.Answer seen = cluster.http(2).read("named");
    HttpCalls.Answer later =
        cluster.http(2).put("named", "later", seen.json().path("context").asText());
    assertThat(later.status()).as(later.body()).isEqualTo(201);
    cluster.killAll();
    cluster.startAll();
    HttpCalls.Answer late = cluster.http(0).putBytes("named", new byte[] {1}, name);
    assertThat(late.status()).as(late.body()).isEqualTo(201);
    assertThat(cluster.http(1).read("named").value()).isEqualTo("later");
    assertThat(cluster.http(1).putBytes("named", new byte[] {2}, name).status()).isEqualTo(422);
  }

  @Test
  void propertiesOfBucketsSurviveAllBeingKilled() {
    HttpCalls.Answer put =
        cluster
            .http(0)
            .send(
                "PUT",
                "/api/v1/buckets/x",
                "{\"r\":1,\"w\":\"all\",\"timeoutMs\":7000,\"durability\":\"replicated\"}");
    assertThat(put.status()).as(put.body()).isEqualTo(200);
    assertThat(
            cluster.http(1).send("PUT", "/api/v1/buckets/last", "{\"conflict\":\"lww\"}").status())
        .isEqualTo(200);
    assertThat(
            cluster
                .http(1)
                .send("PUT", "/api/v1/buckets/last/store/k", "{\"value\":\"v\",\"context\":\"\"}")
                .status())
        .isEqualTo(201);
    cluster.killAll();
    cluster.startAll();
    for (int i = 0; i < 3; i++) {
      JsonNode x = cluster.http(i).get("/api/v1/buckets/x").json();
      assertThat(x.path("r").asText()).as(x.toString()).isEqualTo("1");
      assertThat(x.path("w").asText()).isEqualTo("all");
      assertThat(x.path("timeoutMs").asInt()).isEqualTo(7000);
      assertThat(x.path("durability").asText()).isEqualTo("replicated");
      JsonNode last = cluster.http(i).get("/api/v1/buckets/last").json();
      assertThat(last.path("conflict").asText()).as(last.toString()).isEqualTo("lww");
      // Nothing seen, so siblings in any other bucket; here the later one stays.
      assertThat(
              cluster
                  .http(i)
                  .send(
                      "PUT",
                      "/api/v1/buckets/last/store/k",
                      "{\"value\":\"v" + i + "\",\"context\":\"\"}")
                  .status())
          .isEqualTo(201);
      assertThat(cluster.http(i).get("/api/v1/buckets/last/store/k").value()).isEqualTo("v" + i);
    }
  }

  @Test
  void aQuorumGoesOnWithoutOneNodeAndReadsHealItLater() {
    assertThat(cluster.http(0).put("heal", "old").status()).isEqualTo(201);
    cluster.kill(2);
    try {
      for (int i = 0; i < 2; i++) {
        HttpCalls http = cluster.http(i);
        await()
            .atMost(Duration.ofSeconds(20))
            .untilAsserted(() -> assertThat(http.put("heal", "new").status()).isEqualTo(201));
        assertThat(http.read("heal").value()).isEqualTo("new");
        HttpCalls.Answer all =
            http.send("PUT", "/api/v1/store/all-" + i + "?w=all&timeoutMs=1500", "{\"value\":1}");
        assertThat(all.status()).as(all.body()).isIn(503, 504);
        JsonNode problem = all.json();
        List<String> acknowledged = new ArrayList<>();
        problem.path("acknowledged").forEach(name -> acknowledged.add(name.asText()));
        assertThat(acknowledged).as(all.body()).isSubsetOf("n1", "n2");
        assertThat(problem.path("required").asInt()).as(all.body()).isEqualTo(3);
        assertThat(problem.path("alive").isMissingNode()).as(all.body()).isFalse();
        assertThat(problem.path("outcome").asText())
            .as(all.body())
            .isIn(acknowledged.isEmpty() ? List.of("none", "unknown") : List.of("unknown"));
      }
    } finally {
      cluster.restart(2);
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(cluster.http(0).get("/api/v1/store/heal?r=all").value()).isEqualTo("new");
              JsonNode replicas =
                  cluster.http(1).get("/api/v1/replicas?key=heal").json().path("replicas");
              assertThat(replicas).hasSizeGreaterThanOrEqualTo(3);
              int primaries = 0;
              for (JsonNode replica : replicas) {
                if (replica.path("role").asText().equals("primary")) {
                  primaries++;
                  assertThat(replica.path("versions")).as(replicas.toString()).hasSize(1);
                  assertThat(replica.path("versions").get(0).path("value").asText())
                      .as(replicas.toString())
                      .isEqualTo("new");
                }
              }
              assertThat(primaries).isEqualTo(3);
            });
  }

  @Test
  void aFrozenNodeHoldsNobodyUp() {
    assertThat(cluster.http(0).put("frozen", "before").status()).isEqualTo(201);
    cluster.freeze(1);
    try {
      // A context, so that nothing is to be read first: the write goes out to all three.
      HttpCalls.Answer all =
          cluster
              .http(0)
              .send(
                  "PUT",
                  "/api/v1/store/frozen-all?w=all&timeoutMs=1500",
                  "{\"value\":1,\"context\":\"\"}");
      assertThat(all.status()).as(all.body()).isIn(503, 504);
      assertThat(all.json().path("acknowledged"))
          .as(all.body())
          .extracting(JsonNode::asText)
          .containsExactlyInAnyOrder("n1", "n3");
      assertThat(all.json().path("outcome").asText()).as(all.body()).isEqualTo("unknown");
      for (int round = 0; round < 5; round++) {
        for (int node : List.of(0, 2)) {
          long begun = System.nanoTime();
          HttpCalls.Answer put = cluster.http(node).put("frozen", "r" + round + "n" + node);
          assertThat(put.status()).as(put.body()).isEqualTo(201);
          assertThat(cluster.http(node).read("frozen").value()).isEqualTo("r" + round + "n" + node);
          assertThat(Duration.ofNanos(System.nanoTime() - begun))
              .isLessThan(Duration.ofMillis(2500));
        }
      }
    } finally {
      cluster.thaw(1);
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(cluster.http(1).get("/health/ready").status()).isEqualTo(200);
              assertThat(cluster.http(1).put("thawed", "again").status()).isEqualTo(201);
              assertThat(cluster.http(1).read("frozen").value()).isEqualTo("r4n2");
            });
  }

  /** The metrics of all nodes, after a little of everything that a client may do. */
  private static List<String> metricsAfterWork() {
    HttpCalls http = cluster.http(0);
    for (int i = 0; i < 5; i++) {
      String key = "/api/v1/store/metrics-" + i;
      assertThat(http.put("metrics-" + i, "value", "").status()).isEqualTo(201);
      assertThat(http.send("PUT", key, "{\"value\":1,\"context\":\"\"}").status()).isEqualTo(201);
      assertThat(cluster.http(1).get(key).status()).isEqualTo(300);
      assertThat(cluster.http(2).send("DELETE", key, null).status()).isEqualTo(204);
      assertThat(http.get(key).status()).isEqualTo(404);
      assertThat(http.get(key + "?r=9").status()).isEqualTo(400);
      assertThat(http.get("/api/v1/replicas?key=metrics-" + i).status()).isEqualTo(200);
      assertThat(http.send("PUT", "/health/live", "{}").status()).isEqualTo(405);
      assertThat(http.get("/nowhere").status()).isEqualTo(404);
    }
    return cluster.nodes.stream().map(node -> node.http().get("/metrics").body()).toList();
  }

  @Test
  void theMetricsOfNodesThatHaveWorkedAreWellFormed() {
    for (String metrics : metricsAfterWork()) {
      Exposition exposition = new Exposition(metrics);
      assertThat(exposition.problems()).isEmpty();
      assertThat(exposition.series()).isBetween(500, Exposition.MAX_SERIES);
      assertThat(exposition.families().get("starling_log_fsync_duration_seconds").type())
          .isEqualTo("histogram");
    }
  }

  @Test
  void promtoolHasNothingToSayToTheMetricsOfNodesThatHaveWorked() {
    Promtool promtool = Promtool.find().orElse(null);
    assumeTrue(promtool != null, Promtool.MISSING);
    for (String metrics : metricsAfterWork()) {
      assertThat(promtool.check(metrics)).isEqualTo("0");
    }
  }

  @Test
  void everyMetricIsDocumentedAndEveryDocumentedMetricExists() {
    Map<String, String> rows = new TreeMap<>();
    for (String metrics : metricsAfterWork()) {
      new Exposition(metrics)
          .families()
          .forEach(
              (name, family) -> {
                if (name.startsWith("starling_")) {
                  rows.put(name, MetricsDocument.row(family));
                }
              });
    }
    assertThat(MetricsDocument.rows())
        .as(MetricsDocument.TABLE + " must have these rows:%n%s", String.join("\n", rows.values()))
        .isEqualTo(rows);
    assertThat(MetricsDocument.mentioned())
        .isNotEmpty()
        .allSatisfy(
            mentioned ->
                assertThat(rows.keySet())
                    .as("a document or script names " + mentioned)
                    .anyMatch(
                        name ->
                            name.equals(mentioned)
                                || (mentioned.endsWith("_") && name.startsWith(mentioned))
                                || mentioned.matches(name + "_(bucket|sum|count)")));
  }
}
