package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.config.HttpConfig;
import starling.node.runtime.http.RawClient.Response;

/**
 * Clients that end their side of the connection after their last request (RFC 9112, 9.6): each is
 * answered, and then the connection ends. With the sockets of the JDK and with those of the system.
 */
class HalfClosedClientsTest {
  private static final String GET = "GET /api/v1/store/k HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String PUT =
      "PUT /api/v1/store/k HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
  private static final String BODY = "{\"value\":1}";
  private static final String WHOLE_PUT = PUT + "Content-Length: 11\r\n\r\n" + BODY;

  private ApiServer server;
  private RawClient other;

  private void start(boolean nativeTransport) throws IOException {
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(nativeTransport));
    server = new ApiServer(vertx, HttpConfig.DEFAULT);
    other = new RawClient(server.port);
    assumeTrue(
        vertx.isNativeTransportEnabled() == nativeTransport,
        "skipped: the system's sockets are not usable here");
  }

  @AfterEach
  void stop() throws IOException {
    other.close();
    server.close();
  }

  /** A client whose input has ended, as the server knows by now. */
  private RawClient ended(String requests) throws IOException {
    RawClient client = new RawClient(server.port);
    assertThat(client.send(LIVE).read().status()).isEqualTo(200);
    client.send(requests).end();
    for (int i = 0; i < 3; i++) {
      assertThat(other.send(LIVE).read().status()).isEqualTo(200);
    }
    return client;
  }

  private void hold() {
    server.onLoop(() -> server.service.hold = true);
  }

  private void release() {
    server.onLoop(
        () -> {
          server.service.release();
          return null;
        });
  }

  private void nothingIsLeft() {
    await().until(() -> server.onLoop(() -> server.api.inFlight()) == 0);
    assertThat(server.get("/metrics").text()).contains("starling_http_body_bytes 0.0");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReadIsAnsweredAndThenTheConnectionEnds(boolean nativeTransport) throws IOException {
    start(nativeTransport);
    server.putJson("/api/v1/store/k", BODY);
    hold();
    try (RawClient client = ended(GET)) {
      release();
      Response response = client.read();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.header("Connection")).isEqualTo("close");
      assertThat(client.ended()).isTrue();
    }
    nothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWriteIsAnsweredAndThenTheConnectionEnds(boolean nativeTransport) throws IOException {
    start(nativeTransport);
    hold();
    try (RawClient client = ended(WHOLE_PUT)) {
      release();
      assertThat(client.read().status()).isEqualTo(201);
      assertThat(client.ended()).isTrue();
    }
    nothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void allRequestsOfAPipelineAreAnswered(boolean nativeTransport) throws IOException {
    start(nativeTransport);
    hold();
    try (RawClient client = ended((WHOLE_PUT + LIVE + GET).repeat(10))) {
      release();
      for (int i = 0; i < 10; i++) {
        for (int status : new int[] {201, 200, 200}) {
          assertThat(client.read().status()).as("%s", i).isEqualTo(status);
        }
      }
      assertThat(client.ended()).isTrue();
    }
    nothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLargeAnswerIsSentWhole(boolean nativeTransport) throws IOException {
    start(nativeTransport);
    byte[] value = new byte[1 << 20];
    Arrays.fill(value, (byte) 'v');
    server.send("PUT", "/api/v1/store/k", value, "Content-Type", "text/plain");
    String raw = "GET /api/v1/store/k?raw HTTP/1.1\r\nHost: x\r\n\r\n";
    hold();
    try (RawClient before = ended(raw);
        RawClient after = new RawClient(server.port)) {
      after.send(raw.repeat(8));
      release();
      await().until(() -> server.onLoop(() -> server.api.inFlight()) <= 1);
      after.end();
      assertThat(before.read().body()).isEqualTo(value);
      assertThat(before.ended()).isTrue();
      for (int i = 0; i < 8; i++) {
        assertThat(after.read().body()).isEqualTo(value);
      }
      assertThat(after.ended()).isTrue();
    }
    nothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aConnectionWithoutARequestEnds(boolean nativeTransport) throws IOException {
    start(nativeTransport);
    try (RawClient silent = ended("");
        RawClient answered = new RawClient(server.port);
        RawClient cutOff = ended("GET /api")) {
      assertThat(silent.ended()).isTrue();
      assertThat(answered.send(LIVE).read().status()).isEqualTo(200);
      assertThat(answered.end().ended()).isTrue();
      assertThat(cutOff.gone()).isTrue();
    }
    nothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRequestThatIsCutOffIsRefusedAndNotCarriedOut(boolean nativeTransport) throws IOException {
    start(nativeTransport);
    for (String part :
        new String[] {
          "GET /api/v1/store/k HTTP/1.1\r\nHost: x\r\n",
          PUT + "Content-Length: 11\r\n\r\n",
          PUT + "Content-Length: 12\r\n\r\n" + BODY,
          PUT + "Transfer-Encoding: chunked\r\n\r\nb\r\n" + BODY + "\r\n"
        }) {
      try (RawClient client = ended(LIVE + part)) {
        assertThat(client.read().status()).as(part).isEqualTo(200);
        Response refused = client.read();
        assertThat(refused.status()).as(part).isEqualTo(400);
        assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(refused.header("Connection")).isEqualTo("close");
        assertThat(client.ended()).as(part).isTrue();
      }
    }
    assertThat(server.onLoop(() -> server.service.lastWrite)).isNull();
    nothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientThatHasGoneAltogetherLeavesNothing(boolean nativeTransport) throws IOException {
    start(nativeTransport);
    hold();
    byte[] body = "{\"value\":[1,2,3]}".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 20; i++) {
      ended(PUT + "Content-Length: " + body.length + "\r\n\r\n").close();
      ended(WHOLE_PUT).close();
      new RawClient(server.port).send(GET + GET).close();
    }
    release();
    nothingIsLeft();
    await()
        .until(
            () ->
                server
                    .get("/metrics")
                    .text()
                    .lines()
                    .anyMatch(line -> line.matches("starling_http_connections [12].0")));
  }
}
