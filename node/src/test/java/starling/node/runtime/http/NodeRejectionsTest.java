package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import starling.node.config.HttpConfig;
import starling.node.request.Rejection;
import starling.node.runtime.http.ApiServer.Reply;
import starling.wire.ProblemKind;

/** How a rejection of the node becomes a status and a problem document, and what it costs. */
class NodeRejectionsTest {
  private static final String KEY = "/api/v1/store/e";
  private ApiServer server;

  @BeforeEach
  void start() {
    server = ApiServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = ProblemKind.class,
      names = {
        "TOO_MANY_SIBLINGS", "UNPROCESSABLE", "TOO_MANY_REQUESTS", "UNAVAILABLE", "BEHIND",
        "UNKNOWN_CONTEXT_KEY", "NOT_READY", "OVERLOADED", "STORAGE_FAILED", "TIMEOUT",
        "STORAGE_FULL", "BUCKET_CONFLICT", "BAD_CONTEXT"
      })
  void refusalsOfTheNodeAreTold(ProblemKind kind) {
    Rejection refusal =
        new Rejection(kind, "words", null, 2, 1, List.of("one"), Rejection.Outcome.UNKNOWN);
    server.onLoop(() -> server.service.refuseWith = refusal);
    Reply read = server.get(KEY);
    Reply write = server.putJson(KEY, "{\"value\":1}");
    Reply delete = server.send("DELETE", KEY, (byte[]) null);
    Reply bucket = server.putJson("/api/v1/buckets/b", "{\"n\":3}");
    for (Reply reply : List.of(read, write, delete, bucket)) {
      ErrorsTest.isProblem(reply, kind);
      boolean quorum = kind.status() == 503 || kind.status() == 504;
      assertThat(reply.json().has("required")).isEqualTo(quorum);
      if (quorum) {
        assertThat(reply.json().get("required").asInt()).isEqualTo(2);
        assertThat(reply.json().get("alive").asInt()).isEqualTo(1);
        assertThat(reply.json().get("acknowledged").toString()).isEqualTo("[\"one\"]");
        assertThat(reply.field("outcome")).isEqualTo(reply.equals(read) ? null : "unknown");
      }
      boolean retry = kind.status() == 503 || kind.status() == 429;
      assertThat(reply.header("Retry-After") != null).isEqualTo(retry);
    }
  }

  @Test
  void aWriteOfWhichNothingWasSentSaysSo() {
    server.onLoop(
        () -> server.service.refuseWith = Rejection.of(ProblemKind.UNAVAILABLE, "2 are missing"));
    Reply reply = server.putJson(KEY, "{\"value\":1}");
    ErrorsTest.isProblem(reply, ProblemKind.UNAVAILABLE);
    assertThat(reply.field("outcome")).isEqualTo("none");
    assertThat(reply.json().get("acknowledged").toString()).isEqualTo("[]");
  }

  @Test
  void anErrorInsideIsNotShown() {
    server.onLoop(
        () ->
            server.service.refuseWith = new Rejection(null, "secret", null, 0, 0, List.of(), null));
    Reply reply = server.get(KEY);
    ErrorsTest.isProblem(reply, ProblemKind.INTERNAL);
    assertThat(reply.text()).doesNotContain("secret").doesNotContain("Exception");
    server.onLoop(() -> server.service.refuseWith = null);
    assertThat(server.get(KEY).status()).isEqualTo(404);
  }

  @Test
  void tooManyRequestsAtOnceAreTurnedAway() throws Exception {
    server.close();
    server =
        new ApiServer(
            new HttpConfig(
                "127.0.0.1",
                0,
                null,
                1 << 20,
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                100,
                1,
                128 << 20,
                List.of()));
    server.onLoop(() -> server.service.hold = true);
    try (RawClient first = new RawClient(server.port)) {
      first.send("GET " + KEY + " HTTP/1.1\r\nHost: x\r\n\r\n");
      await().until(() -> server.onLoop(() -> server.service.held()) == 1);
      Reply second = server.get(KEY);
      ErrorsTest.isProblem(second, ProblemKind.TOO_MANY_REQUESTS);
      assertThat(second.header("Retry-After")).isNotNull();
      assertThat(server.get("/health/live").status()).isEqualTo(200);
      server.onLoop(
          () -> {
            server.service.release();
            return null;
          });
      assertThat(first.read().status()).isEqualTo(404);
    }
  }

  @Test
  void everyRefusalThatDoesNotSayItByItsStatusTellsWhatBecameOfAWrite() {
    for (ProblemKind kind :
        List.of(
            ProblemKind.TOO_MANY_REQUESTS,
            ProblemKind.OVERLOADED,
            ProblemKind.STORAGE_FULL,
            ProblemKind.STORAGE_FAILED,
            ProblemKind.TIMEOUT)) {
      server.onLoop(() -> server.service.refuseWith = Rejection.of(kind, "for a test"));
      Reply write = server.putJson(KEY, "{\"value\":1}");
      assertThat(write.field("outcome")).as(kind.slug()).isEqualTo("none");
      boolean again = kind.status() == 503 || kind.status() == 429;
      assertThat(write.header("Retry-After") != null).as(kind.slug()).isEqualTo(again);
      assertThat(server.get(KEY).json().has("outcome")).as(kind.slug()).isFalse();
      server.onLoop(() -> server.service.refuseWith = Rejection.perhaps(kind, "for a test"));
      assertThat(server.putJson(KEY, "{\"value\":1}").field("outcome")).isEqualTo("unknown");
    }
  }

  @Test
  void aBusyNodeTurnsRequestsAwayAtTheDoorAndKeepsTheirConnections() throws Exception {
    server.onLoop(
        () -> server.service.busyWith = Rejection.of(ProblemKind.OVERLOADED, "others wait"));
    String body = "{\"value\":1}";
    try (RawClient client = new RawClient(server.port)) {
      for (int i = 0; i < 3; i++) {
        client.send(
            "PUT "
                + KEY
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body);
        RawClient.Response refused = client.read();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.text())
            .contains("urn:starling:problem:overloaded")
            .contains("\"outcome\":\"none\"")
            .contains("\"acknowledged\":[]");
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertThat(refused.header("Connection")).isNull();
        client.send("GET " + KEY + " HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(503);
      }
      server.onLoop(() -> server.service.busyWith = null);
      client.send("GET " + KEY + " HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(404);
    }
  }

  @Test
  void whoComesAgainAtOnceAfterARefusalIsReadLaterButReadInTheEnd() throws Exception {
    server.onLoop(
        () -> server.service.busyWith = Rejection.of(ProblemKind.OVERLOADED, "others wait"));
    int connections = 8;
    List<RawClient> clients = new ArrayList<>();
    int refusals = 0;
    long begun = System.nanoTime();
    try {
      for (int i = 0; i < connections; i++) {
        clients.add(new RawClient(server.port));
      }
      while (System.nanoTime() - begun < 500_000_000L) {
        for (RawClient client : clients) {
          client.send("GET " + KEY + " HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        for (RawClient client : clients) {
          assertThat(client.read().status()).isEqualTo(503);
          refusals++;
        }
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      assertThat(refusals).isLessThan((int) ((connections / 0.25 + 250) * seconds) + 200);
      server.onLoop(() -> server.service.busyWith = null);
      for (RawClient client : clients) {
        client.send("GET " + KEY + " HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(404);
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void aBusyNodesHealthAndClusterCanBeAsked() {
    server.onLoop(
        () -> server.service.busyWith = Rejection.of(ProblemKind.OVERLOADED, "others wait"));
    for (String path :
        List.of("/health/live", "/health/ready", "/metrics", "/api/v1/cluster/members")) {
      assertThat(server.get(path).status()).as(path).isEqualTo(200);
    }
  }

  @Test
  void aLargeBodyThatIsTurnedAwayIsNotReadToItsEnd() throws Exception {
    server.onLoop(
        () -> server.service.busyWith = Rejection.of(ProblemKind.OVERLOADED, "others wait"));
    try (RawClient client = new RawClient(server.port)) {
      client.send(
          "PUT "
              + KEY
              + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
              + "Content-Length: 900000\r\n\r\n{");
      RawClient.Response refused = client.read();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Connection")).isEqualTo("close");
    }
  }
}
