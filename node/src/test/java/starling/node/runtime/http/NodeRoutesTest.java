package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import starling.node.config.HttpConfig;
import starling.node.runtime.http.ApiServer.Reply;
import starling.node.runtime.http.RawClient.Response;
import starling.ring.Ring;

/** Buckets, cluster, health, metrics, other origins, and stopping. */
class NodeRoutesTest {
  private ApiServer server;

  @BeforeEach
  void start() {
    server = ApiServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void propertiesOfABucketAreReadAndChanged() {
    assertThat(server.get("/api/v1/buckets/b").text())
        .isEqualTo(
            "{\"n\":3,\"r\":\"quorum\",\"w\":\"quorum\",\"pr\":0,\"pw\":0,\"durability\":\"synced\","
                + "\"timeoutMs\":3000,\"conflict\":\"siblings\",\"ttlSeconds\":null}");
    Reply put =
        server.putJson(
            "/api/v1/buckets/b",
            "{\"w\":\"all\",\"r\":1,\"pw\":\"one\",\"durability\":\"replicated\",\"timeoutMs\":5,"
                + "\"conflict\":\"lww\",\"ttlSeconds\":null}");
    String changed =
        "{\"n\":3,\"r\":1,\"w\":\"all\",\"pr\":0,\"pw\":\"one\",\"durability\":\"replicated\","
            + "\"timeoutMs\":5,\"conflict\":\"lww\",\"ttlSeconds\":null}";
    assertThat(put.status()).isEqualTo(200);
    assertThat(put.text()).isEqualTo(changed);
    assertThat(server.get("/api/v1/buckets/b").text()).isEqualTo(changed);
    assertThat(server.putJson("/api/v1/buckets/b", changed).text()).isEqualTo(changed);
    assertThat(server.putJson("/api/v1/buckets/b", "{\"n\":1}").status()).isEqualTo(200);
    assertThat(server.get("/api/v1/buckets/b/store/k?r=2").status()).isEqualTo(400);
    assertThat(server.get("/api/v1/store/k?r=2").status()).isEqualTo(404);
  }

  @Test
  void everyResponseBelowApiCarriesTheHashOfTheRing() {
    String hash = server.get("/api/v1/cluster/ring").field("hash");
    for (String target :
        List.of(
            "/api/v1/store/k",
            "/api/v1/cluster/ring",
            "/api/v1/cluster/tasks",
            "/api/v1/store/k?nonsense",
            "/api/v2/nothing")) {
      assertThat(server.get(target).header("X-Starling-Ring")).as(target).isEqualTo(hash);
    }
    assertThat(server.putJson("/api/v1/store/k", "{\"value\":1}").header("X-Starling-Ring"))
        .isEqualTo(hash);
    for (String target : List.of("/health/live", "/metrics", "/openapi.json", "/apis")) {
      assertThat(server.get(target).header("X-Starling-Ring")).as(target).isNull();
    }
  }

  @Test
  void anotherRingHasAnotherHash() {
    String before = server.get("/api/v1/store/k").header("X-Starling-Ring");
    server.service.ring = Ring.of(8, server.service.ring.nodes(), List.of(MemoryService.ID));
    String after = server.get("/api/v1/store/k").header("X-Starling-Ring");
    assertThat(after).isNotEqualTo(before);
    assertThat(server.get("/api/v1/cluster/ring").field("hash")).isEqualTo(after);
  }

  @Test
  void anAbsoluteTargetCarriesTheHashOfTheRingToo() throws IOException {
    try (RawClient client = new RawClient(server.port)) {
      client.send("GET http://x/api/v1/store/k HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().header("X-Starling-Ring")).matches("[0-9a-f]{16}");
    }
  }

  @Test
  void membersRingAndReplicasAreShown() {
    assertThat(server.get("/api/v1/cluster/members").json().get("members")).hasSize(1);
    Reply ring = server.get("/api/v1/cluster/ring");
    assertThat(ring.json().get("partitions").asInt()).isEqualTo(4);
    assertThat(ring.json().get("owners")).hasSize(4);
    assertThat(ring.json().get("owners").get(0).asText()).isEqualTo(MemoryService.ID.toString());
    assertThat(ring.json().get("nodes").get(0).get("name").asText()).isEqualTo("one");
    assertThat(ring.field("hash")).matches("[0-9a-f]{16}");
    server.putJson("/api/v1/store/r", "{\"value\":{\"a\":1}}");
    Reply replicas = server.get("/api/v1/replicas?key=r");
    assertThat(replicas.json().get("replicas").get(0).toString())
        .isEqualTo(
            "{\"node\":\"one\",\"role\":\"primary\",\"reachable\":true,\"versions\":[{\"value\":{\"a\":1},"
                + "\"dot\":\"00000000000012340000000000005678:1\",\"tombstone\":false}]}");
    assertThat(replicas.json().get("replicas").get(1).toString())
        .isEqualTo("{\"node\":\"two\",\"role\":\"primary\",\"reachable\":false,\"versions\":[]}");
    server.send("DELETE", "/api/v1/store/r", (byte[]) null);
    assertThat(
            server
                .get("/api/v1/buckets/default/replicas?key64=cg")
                .json()
                .at("/replicas/0/versions/0/tombstone")
                .asBoolean())
        .isTrue();
    assertThat(server.get("/api/v1/replicas?key=nobody").status()).isEqualTo(200);
  }

  @Test
  void readinessHasAReasonAndLivenessDoesNotCare() {
    assertThat(server.get("/health/ready").text()).isEqualTo("{\"status\":\"ready\"}");
    server.onLoop(() -> server.service.notReady = "the log is being read");
    Reply ready = server.get("/health/ready");
    assertThat(ready.status()).isEqualTo(503);
    assertThat(ready.field("detail")).isEqualTo("the log is being read");
    assertThat(server.get("/health/live").status()).isEqualTo(200);
  }

  @Test
  void metricsHaveBucketsByOperationAndOutcomeAndNoKeys() {
    server.putJson("/api/v1/buckets/secretbucket/store/secretkey", "{\"value\":1}");
    server.get("/api/v1/buckets/secretbucket/store/secretkey");
    server.get("/api/v1/store/secretkey");
    server.get("/secretpath");
    server.send("DELETE", "/api/v1/store/secretkey", (byte[]) null);
    Reply reply = server.get("/metrics");
    assertThat(reply.header("Content-Type")).startsWith("text/plain");
    String text = reply.text();
    assertThat(text)
        .contains(
            "starling_request_seconds_bucket{operation=\"get\",outcome=\"found\",le=\"+Inf\"} 1")
        .contains(
            "starling_request_seconds_bucket{operation=\"put\",outcome=\"stored\",le=\"60.0\"} 1")
        .contains("starling_request_seconds_count{operation=\"get\",outcome=\"missing\"} 1")
        .contains("starling_request_seconds_count{operation=\"delete\",outcome=\"deleted\"} 1")
        .contains(
            "starling_http_requests_total{method=\"GET\","
                + "route=\"/api/v1/buckets/{bucket}/store/{key}\",status=\"200\"} 1")
        .contains("route=\"none\",status=\"404\"} 1")
        .contains(
            "starling_http_request_seconds_count{route=\"/api/v1/buckets/{bucket}/store/{key}\"} 2")
        .contains("starling_http_request_seconds_count{route=\"none\"} 1")
        .contains("process_cpu_seconds_total")
        .contains("jvm_memory_used_bytes")
        .contains("jvm_gc_")
        .contains("process_cpu_usage")
        .contains("starling_http_connections ")
        .doesNotContain("secret");
    Reply open = server.get("/metrics", "Accept", "application/openmetrics-text;version=1.0.0");
    assertThat(open.header("Content-Type")).startsWith("application/openmetrics-text");
    assertThat(open.text()).endsWith("# EOF\n");
  }

  @Test
  void otherOriginsAreNotLetInUnlessTheyAreListed() throws IOException {
    String ask =
        String.join(
            "\r\n",
            "OPTIONS /api/v1/store/a HTTP/1.1",
            "Host: x",
            "Origin: https://a.example",
            "Access-Control-Request-Method: PUT",
            "",
            "");
    try (RawClient client = new RawClient(server.port)) {
      Response off = client.send(ask).read();
      assertThat(off.status()).isEqualTo(405);
      assertThat(off.headers()).doesNotContainKey("access-control-allow-origin");
    }
    HttpConfig d = HttpConfig.DEFAULT;
    try (ApiServer open =
            new ApiServer(
                new HttpConfig(
                    d.host(),
                    0,
                    null,
                    d.maxValueBytes(),
                    d.idleTimeout(),
                    d.requestReadTimeout(),
                    d.maxConnections(),
                    d.maxRequests(),
                    d.maxBufferedBytes(),
                    List.of("https://a.example")));
        RawClient client = new RawClient(open.port)) {
      Response on = client.send(ask).read();
      assertThat(on.status()).isEqualTo(204);
      assertThat(on.header("Access-Control-Allow-Origin")).isEqualTo("https://a.example");
      assertThat(on.header("Access-Control-Allow-Methods")).contains("PUT");
      Response get =
          client
              .send("GET /health/live HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n")
              .read();
      assertThat(get.header("Access-Control-Allow-Origin")).isEqualTo("https://a.example");
      Response other =
          client
              .send("GET /health/live HTTP/1.1\r\nHost: x\r\nOrigin: https://b.example\r\n\r\n")
              .read();
      assertThat(other.headers()).doesNotContainKey("access-control-allow-origin");
      assertThat(client.send(ask.replace("a.example", "b.example")).read().status()).isEqualTo(405);
    }
  }

  @Test
  void aStoppingNodeFinishesWhatItBeganAndTakesNothingNew() throws IOException {
    server.onLoop(() -> server.service.hold = true);
    try (RawClient begun = new RawClient(server.port);
        RawClient idle = new RawClient(server.port)) {
      begun.send("GET /api/v1/store/a HTTP/1.1\r\nHost: x\r\n\r\n");
      await().until(() -> server.onLoop(() -> server.service.held()) == 1);
      var stopped = server.api.shutdown(Duration.ofSeconds(5));
      assertThat(idle.gone()).isTrue();
      Reply late = server.get("/api/v1/store/a");
      assertThat(late.status()).isEqualTo(503);
      assertThat(late.field("type")).isEqualTo("urn:starling:problem:not-ready");
      assertThat(server.get("/health/ready").status()).isEqualTo(503);
      assertThat(server.get("/health/live").status()).isEqualTo(200);
      assertThat(stopped.isComplete()).isFalse();
      server.onLoop(
          () -> {
            server.service.release();
            return null;
          });
      assertThat(begun.read().status()).isEqualTo(404);
      ApiServer.await(stopped);
      assertThat(begun.gone()).isTrue();
    }
  }

  @Test
  void whatWillNotEndIsCutOffAfterTheGrace() throws IOException {
    server.onLoop(() -> server.service.hold = true);
    try (RawClient begun = new RawClient(server.port)) {
      begun.send("GET /api/v1/store/a HTTP/1.1\r\nHost: x\r\n\r\n");
      await().until(() -> server.onLoop(() -> server.service.held()) == 1);
      ApiServer.await(server.api.shutdown(Duration.ofMillis(100)));
      assertThat(begun.gone()).isTrue();
    }
  }
}
