package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import starling.node.config.HttpConfig;
import starling.node.runtime.http.RawClient.Response;

/** Clients that are slow, cut off, too large or after something: none harms another one. */
class HostileClientsTest {
  private static final String GOOD = "GET /api/v1/store/good HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String PUT =
      "PUT /api/v1/store/h HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

  private static final String RAW = "GET /api/v1/store/l?raw HTTP/1.1\r\nHost: x\r\n";

  private ApiServer server;
  private RawClient good;

  @BeforeEach
  void start() throws IOException {
    server =
        new ApiServer(
            new HttpConfig(
                "127.0.0.1",
                0,
                null,
                1 << 20,
                Duration.ofSeconds(3),
                Duration.ofMillis(600),
                20,
                1000,
                4 << 20,
                List.of()));
    good = new RawClient(server.port);
    server.putJson("/api/v1/store/good", "{\"value\":\"good\"}");
  }

  @AfterEach
  void stop() throws IOException {
    good.close();
    server.close();
  }

  /** The good client, on its one connection all along. */
  private void othersGoOn() throws IOException {
    assertThat(good.send(GOOD).read().status()).isEqualTo(200);
  }

  private RawClient client() throws IOException {
    return new RawClient(server.port);
  }

  private void everythingIsGivenBack() {
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> server.onLoop(() -> server.api.inFlight()) == 0);
    assertThat(server.get("/metrics").text()).contains("starling_http_body_bytes 0.0");
  }

  @Test
  void aBodyThatStopsIsToldAfterTheDeadline() throws IOException {
    try (RawClient slow = client()) {
      slow.send(PUT + "Content-Length: 100\r\n\r\n{\"val");
      othersGoOn();
      Response response = slow.read();
      assertThat(response.status()).isEqualTo(408);
      assertThat(response.header("Connection")).isEqualTo("close");
      assertThat(slow.ended()).isTrue();
    }
    othersGoOn();
    everythingIsGivenBack();
  }

  @Test
  void aBodyThatDripsIsToldAfterTheDeadlineToo() throws IOException {
    try (RawClient slow = client()) {
      slow.send(PUT + "Transfer-Encoding: chunked\r\n\r\n");
      Thread drip =
          new Thread(
              () -> {
                try {
                  while (true) {
                    slow.send("1\r\n \r\n");
                    LockSupport.parkNanos(20_000_000);
                  }
                } catch (IOException e) {
                  // The connection has ended.
                }
              });
      drip.start();
      assertThat(slow.read().status()).isEqualTo(408);
    }
    othersGoOn();
    everythingIsGivenBack();
  }

  @Test
  void headersThatNeverEndAreLetGo() throws IOException {
    try (RawClient slow = client()) {
      slow.send("GET / HTTP/1.1\r\nHost: x\r\nX-");
      othersGoOn();
      assertThat(slow.gone()).isTrue();
    }
    othersGoOn();
  }

  @Test
  void aSecondRequestThatNeverEndsIsLetGo() throws IOException {
    try (RawClient slow = client()) {
      assertThat(slow.send(GOOD).read().status()).isEqualTo(200);
      slow.send("GET /api");
      assertThat(slow.gone()).isTrue();
    }
    othersGoOn();
  }

  @Test
  void aSilentConnectionIsLetGoAndABusyOneIsNot() throws IOException {
    server.onLoop(() -> server.service.hold = true);
    try (RawClient silent = client();
        RawClient waiting = client()) {
      waiting.send(GOOD);
      assertThat(silent.gone()).isTrue();
      server.onLoop(
          () -> {
            server.service.release();
            return null;
          });
      assertThat(waiting.read().status()).isEqualTo(200);
    }
  }

  @Test
  void requestsThatAreCutOffLeaveNothingBehind() throws IOException {
    String whole = PUT + "Content-Length: 11\r\n\r\n{\"value\":1}";
    for (int cut = 1; cut < whole.length(); cut += 3) {
      try (RawClient client = client()) {
        client.send(whole.substring(0, cut));
      }
    }
    othersGoOn();
    assertThat(server.get("/api/v1/store/h").status()).isEqualTo(404);
    everythingIsGivenBack();
  }

  @Test
  void aClientThatLeavesBeforeTheAnswerHarmsNobody() throws IOException {
    server.onLoop(() -> server.service.hold = true);
    try (RawClient client = client()) {
      client.send(GOOD);
      await().until(() -> server.onLoop(() -> server.service.held()) == 1);
    }
    server.onLoop(
        () -> {
          server.service.release();
          return null;
        });
    othersGoOn();
    everythingIsGivenBack();
  }

  @Test
  void aRefusalCanBeReadByAClientThatIsStillSending() throws IOException {
    byte[] chunk = new byte[64 << 10];
    for (String head :
        List.of(
            PUT + "Content-Length: 20000000\r\n\r\n",
            "PUT /api/v1/store/%ff HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n",
            "PUT /api/v1/store/h HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n",
            "PUT /" + "x".repeat(9000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(9000) + "\r\n\r\n")) {
      try (RawClient client = client()) {
        client.send(head);
        for (int sent = 0; sent < 20_000_000; sent += chunk.length) {
          client.send(chunk);
        }
        Response response = client.read();
        assertThat(response.status()).isBetween(400, 431);
        assertThat(response.header("Connection")).isEqualTo("close");
        assertThat(client.ended()).isTrue();
      }
      othersGoOn();
    }
    everythingIsGivenBack();
  }

  @Test
  void chunksThatGrowTooLargeAreRefused() throws IOException {
    try (RawClient client = client()) {
      client.send(PUT + "Transfer-Encoding: chunked\r\n\r\n");
      String chunk = "10000\r\n" + " ".repeat(0x10000) + "\r\n";
      for (int i = 0; i < 40; i++) {
        client.send(chunk);
      }
      Response response = client.read();
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.header("Connection")).isEqualTo("close");
      assertThat(client.ended()).isTrue();
    }
    othersGoOn();
    everythingIsGivenBack();
  }

  @Test
  void jsonThatStrangersChooseIsNoWorkForTheNodesThread() throws IOException {
    try (ApiServer roomy = ApiServer.start();
        RawClient health = new RawClient(roomy.port)) {
      List<byte[]> bodies =
          List.of(
              LargeBodies.of(LargeBodies.namesOfOneQuadHash()),
              LargeBodies.of(LargeBodies.namesOfOneStringHash()),
              LargeBodies.of(LargeBodies.ordinaryNames()));
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      List<RawClient> clients = new ArrayList<>();
      long before = roomy.onLoop(threads::getCurrentThreadCpuTime);
      for (int i = 0; i < 24; i++) {
        byte[] body = bodies.get(i % bodies.size());
        clients.add(
            new RawClient(roomy.port)
                .send(PUT + "Content-Length: " + body.length + "\r\n\r\n")
                .send(body));
        health.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(health.read().status()).isEqualTo(200);
      }
      for (RawClient client : clients) {
        assertThat(client.read().status()).isEqualTo(201);
        client.close();
      }
      long spent = roomy.onLoop(threads::getCurrentThreadCpuTime) - before;
      assertThat(Duration.ofNanos(spent)).isLessThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void manyBodiesAtOnceAreBoundedTogether() throws IOException {
    List<RawClient> clients = new ArrayList<>();
    byte[] part = new byte[1_400_000];
    Arrays.fill(part, (byte) ' ');
    int refused = 0;
    for (int i = 0; i < 6; i++) {
      RawClient client = client();
      clients.add(client);
      client.send(PUT + "Content-Length: 1500000\r\n\r\n").send(part);
    }
    othersGoOn();
    for (RawClient client : clients) {
      int status = client.read().status();
      assertThat(status).isIn(408, 503);
      refused += status == 503 ? 1 : 0;
      client.close();
    }
    assertThat(refused).isBetween(1, 5);
    othersGoOn();
    everythingIsGivenBack();
  }

  private double bodyBytes() {
    String metrics = server.get("/metrics").text();
    String line =
        metrics.lines().filter(l -> l.startsWith("starling_http_body_bytes ")).findFirst().get();
    return Double.parseDouble(line.substring(line.indexOf(' ')));
  }

  @Test
  void aBodyCountsUntilItsRequestIsAnsweredOrItsClientHasGone() throws IOException {
    server.onLoop(() -> server.service.hold = true);
    List<RawClient> clients = new ArrayList<>();
    byte[] body = new byte[1_000_000];
    Arrays.fill(body, (byte) ' ');
    byte[] value = "{\"value\":1}".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(value, 0, body, 0, value.length);
    String head = PUT + "Content-Length: " + body.length + "\r\n\r\n";
    for (int i = 1; i <= 4; i++) {
      int waiting = i;
      RawClient client = client();
      clients.add(client);
      client.send(head).send(body);
      await().until(() -> server.onLoop(() -> server.service.held()) == waiting);
      assertThat(bodyBytes()).isEqualTo(1e6 * i);
    }
    try (RawClient tooMany = client()) {
      Response refused = tooMany.send(head).send(body).read();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).isNotNull();
    }
    clients.remove(0).close();
    server.onLoop(
        () -> {
          server.service.release();
          return null;
        });
    for (RawClient client : clients) {
      assertThat(client.read().status()).isEqualTo(201);
      assertThat(client.send(head).send(body).read().status()).isEqualTo(201);
      client.close();
    }
    othersGoOn();
    everythingIsGivenBack();
  }

  @Test
  void connectionsBeyondTheBoundAreClosedAndOthersGoOn() throws IOException {
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < 18; i++) {
      clients.add(client());
    }
    await().until(() -> connections() == 20 || connections() == 19);
    while (connections() < 20) {
      clients.add(client());
    }
    try (RawClient tooMany = client()) {
      assertThat(tooMany.gone()).isTrue();
    }
    othersGoOn();
    for (RawClient client : clients) {
      client.close();
    }
    await().until(() -> connections() <= 2);
    try (RawClient again = client()) {
      assertThat(again.send(GOOD).read().status()).isEqualTo(200);
    }
  }

  @Test
  void healthIsAnsweredHoweverManyIdleConnectionsThereAre() throws IOException {
    List<RawClient> idle = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      // The limit is 20.
      idle.add(client());
    }
    for (String path : List.of("/health/live", "/health/ready", "/metrics")) {
      try (RawClient probe = client()) {
        Response answer = probe.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").read();
        assertThat(answer.status()).as(path).isEqualTo(200);
        assertThat(answer.header("Connection")).as("it makes room").isEqualTo("close");
        assertThat(probe.gone()).isTrue();
      }
      idle.add(client());
    }
    try (RawClient other = client()) {
      Response answer = other.send(GOOD).read();
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.text()).contains("overloaded", "20 connections open");
      assertThat(other.gone()).isTrue();
    }
    for (RawClient client : idle) {
      client.close();
    }
    othersGoOn();
  }

  private int connections() throws IOException {
    return (int) metric("starling_http_connections");
  }

  /** Not a number while there is no room for an answer of that size. */
  private double metric(String name) throws IOException {
    Response metrics = good.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").read();
    if (metrics.status() == 503) {
      return Double.NaN;
    }
    String line = metrics.text().lines().filter(l -> l.startsWith(name + " ")).findFirst().get();
    return Double.parseDouble(line.substring(line.indexOf(' ')));
  }

  private void putLarge(ApiServer where) {
    byte[] large = new byte[1 << 20];
    Arrays.fill(large, (byte) 'v');
    assertThat(where.send("PUT", "/api/v1/store/l", large, "Content-Type", "text/plain").status())
        .isEqualTo(201);
  }

  @Test
  void clientsThatTakeNoneOfTheirAnswersAreLetGo() throws IOException {
    putLarge(server);
    List<RawClient> takingNothing = new ArrayList<>();
    for (boolean ends : new boolean[] {false, true}) {
      for (String last : List.of("", "Connection: close\r\n")) {
        RawClient client = new RawClient(server.port, 16 << 10);
        takingNothing.add(client);
        client.send((RAW + "\r\n").repeat(11) + RAW + last + "\r\n");
        if (ends) {
          client.end();
        }
      }
    }
    await().until(() -> metric("starling_http_answers_bytes") != 0);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                metric("starling_http_answers_bytes") == 0
                    && metric("starling_http_connections") <= 2);
    assertThat(server.get("/api/v1/store/l?raw").status()).as("a large answer").isEqualTo(200);
    for (RawClient client : takingNothing) {
      client.close();
    }
    othersGoOn();
    everythingIsGivenBack();
  }

  @Test
  void aClientThatTakesItsAnswersSlowlyGetsThemAll() throws IOException {
    HttpConfig config =
        new HttpConfig(
            "127.0.0.1",
            0,
            null,
            1 << 20,
            Duration.ofMillis(600),
            Duration.ofMillis(600),
            20,
            1000,
            64 << 20,
            List.of());
    try (ApiServer roomy = new ApiServer(config);
        RawClient slow = new RawClient(roomy.port, 16 << 10)) {
      putLarge(roomy);
      slow.send((RAW + "\r\n").repeat(16) + RAW + "Connection: close\r\n\r\n");
      for (int i = 0; i < 17; i++) {
        LockSupport.parkNanos(100_000_000);
        assertThat(slow.read().body()).hasSize(1 << 20);
      }
      assertThat(slow.ended()).isTrue();
    }
  }

  @Test
  void aRequestCannotBeHiddenInAnother() throws IOException {
    String hidden = "GET /api/v1/store/hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    for (String head :
        List.of(
            PUT + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            PUT + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n",
            PUT + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            PUT + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            PUT + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            PUT + "Content-Length: 0\r\nContent-Length: 60\r\n\r\n",
            "PUT /api/v1/store/%ff HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")) {
      try (RawClient client = client()) {
        client.send(head + hidden);
        Response response = client.read();
        assertThat(response.status()).as(head).isEqualTo(400);
        assertThat(client.ended()).as(head).isTrue();
      }
    }
    assertThat(server.onLoop(() -> server.service.lastRead)).isNull();
    othersGoOn();
  }

  @Test
  void brokenChunksAreToldAndEndTheConnection() throws IOException {
    String value = "b\r\n{\"value\":1}";
    for (String chunks :
        List.of(
            "zz\r\n",
            "-1\r\n",
            "b\n{\"value\":1}\r\n0\r\n\r\n",
            "5\r\nabcdefgh\r\n",
            "ffffffffffffffff\r\n",
            value + "XX0\r\n\r\n",
            value + "\r\nzz\r\n",
            value + "\r\n0\r\nno trailer\r\n\r\n")) {
      try (RawClient client = client()) {
        client.send(PUT + "Transfer-Encoding: chunked\r\n\r\n" + chunks);
        Response refused = client.read();
        assertThat(refused.status()).as(chunks).isEqualTo(400);
        assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(refused.header("Connection")).isEqualTo("close");
        assertThat(refused.json().get("field").asText()).isEqualTo("Transfer-Encoding");
        assertThat(client.ended()).as(chunks).isTrue();
      }
      othersGoOn();
    }
    assertThat(server.get("/api/v1/store/h").status()).isEqualTo(404);
    everythingIsGivenBack();
  }

  @Test
  void brokenChunksAreToldAfterTheAnswersThatAreDueBefore() throws IOException {
    String put = PUT + "Content-Length: 11\r\n\r\n{\"value\":1}";
    server.onLoop(() -> server.service.hold = true);
    try (RawClient client = client()) {
      client.send(GOOD + put + GOOD + PUT + "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
      await().until(() -> server.onLoop(() -> server.service.held()) == 1);
      server.onLoop(
          () -> {
            server.service.release();
            return null;
          });
      for (int status : new int[] {200, 201, 200, 400}) {
        assertThat(client.read().status()).isEqualTo(status);
      }
      assertThat(client.ended()).isTrue();
    }
    everythingIsGivenBack();
  }

  @Test
  void aBodyBehindAnotherRequestHasADeadlineToo() throws IOException {
    server.onLoop(() -> server.service.hold = true);
    try (RawClient client = client()) {
      client.send(GOOD + PUT + "Content-Length: 100\r\n\r\n{\"val");
      await().until(() -> server.onLoop(() -> server.service.held()) == 1);
      server.onLoop(
          () -> {
            server.service.release();
            return null;
          });
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(client.read().status()).isEqualTo(408);
      assertThat(client.ended()).isTrue();
    }
    everythingIsGivenBack();
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    try (RawClient client = client()) {
      StringBuilder many = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        String body = "{\"value\":" + i + "}";
        many.append("PUT /api/v1/store/p").append(i).append(" HTTP/1.1\r\nHost: x\r\n");
        many.append("Content-Type: application/json\r\nX-Request-Id: put").append(i);
        many.append("\r\nContent-Length: ").append(body.length()).append("\r\n\r\n").append(body);
        many.append("GET /api/v1/store/p").append(i);
        many.append(" HTTP/1.1\r\nHost: x\r\nX-Request-Id: get").append(i).append("\r\n\r\n");
      }
      client.send(many.toString());
      for (int i = 0; i < 50; i++) {
        Response put = client.read();
        assertThat(put.status()).isEqualTo(201);
        assertThat(put.header("X-Request-Id")).isEqualTo("put" + i);
        Response get = client.read();
        assertThat(get.header("X-Request-Id")).isEqualTo("get" + i);
        assertThat(get.json().get("value").asInt()).isEqualTo(i);
      }
    }
  }

  @Test
  void aClientThatAsksFirstIsToldToGoOnOrNotTo() throws IOException {
    try (RawClient client = client()) {
      client.send(PUT + "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(100);
      assertThat(client.send("{\"value\":1}").read().status()).isEqualTo(201);
      client.send(PUT + "Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(413);
      assertThat(client.ended()).isTrue();
    }
  }

  @Test
  void anOldClientIsNeverToldToGoOn() throws IOException {
    String put = PUT.replace("HTTP/1.1", "HTTP/1.0") + "Expect: 100-continue\r\n";
    try (RawClient old = client()) {
      old.send(put + "Content-Length: 11\r\n\r\n{\"value\":1}");
      assertThat(old.read().status()).isEqualTo(201);
      assertThat(old.ended()).isTrue();
    }
  }

  @Test
  void aConnectionThatIsToCloseIsClosed() throws IOException {
    for (String header :
        List.of(
            "Connection: close",
            "Connection: keep-alive, close",
            "Connection: Close , x",
            "Connection: keep-alive\r\nConnection: close")) {
      try (RawClient client = client()) {
        client.send("GET /health/live HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\n");
        Response response = client.read();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Connection")).as(header).isEqualTo("close");
        assertThat(client.ended()).as(header).isTrue();
      }
    }
    for (String header : List.of("Connection: keep-alive", "Connection: closed, x-close")) {
      try (RawClient client = client()) {
        client.send("GET /health/live HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\n");
        assertThat(client.read().header("Connection")).as(header).isNull();
        assertThat(client.send(GOOD).read().status()).as(header).isEqualTo(200);
      }
    }
  }

  @Test
  void aTargetWithAHostAndNoPathIsTheRoot() throws IOException {
    for (String target :
        List.of("http://x?key=/api/v1/store/good", "http://x", "http://x?/health/live")) {
      try (RawClient client = client()) {
        client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
        Response response = client.read();
        assertThat(response.status()).as(target).isEqualTo(404);
        assertThat(response.json().get("type").asText())
            .isEqualTo("urn:starling:problem:no-such-route");
      }
    }
  }

  @Test
  void oldClientsAndAbsoluteTargetsAreServed() throws IOException {
    try (RawClient old = client()) {
      old.send("GET /api/v1/store/good HTTP/1.0\r\n\r\n");
      assertThat(old.read().status()).isEqualTo(200);
      assertThat(old.ended()).isTrue();
    }
    try (RawClient proxied = client()) {
      proxied.send("GET http://some.where:99/api/v1/store/good HTTP/1.1\r\nHost: x\r\n\r\n");
      Response response = proxied.read();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.header("Cache-Control")).isEqualTo("no-store");
    }
  }
}
