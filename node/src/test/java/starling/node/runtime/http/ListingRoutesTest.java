package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.config.HttpConfig;
import starling.node.runtime.http.ApiServer.Reply;
import starling.wire.ProblemKind;

/** The routes of listings: pages, streams, and what is rejected. */
class ListingRoutesTest {
  private static final String STORE = "/api/v1/store";
  private static final String STREAM = "application/x-ndjson";
  private ApiServer server;

  @BeforeEach
  void start() {
    server = ApiServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void fill(int keys, String value) {
    StringBuilder body = new StringBuilder("{\"operations\":[");
    for (int i = 0; i < keys; i++) {
      body.append(i == 0 ? "" : ",").append("{\"put\":{\"key\":\"k").append(10_000 + i);
      body.append("\",\"value\":").append(value).append("}}");
    }
    Reply reply =
        server.send("POST", "/api/v1/batch", body + "]}", "Content-Type", "application/json");
    assertThat(reply.status()).isEqualTo(200);
  }

  private static List<JsonNode> lines(Reply reply) {
    assertThat(reply.header("Content-Type")).isEqualTo(STREAM);
    assertThat(reply.text()).endsWith("}\n");
    List<JsonNode> lines = new ArrayList<>();
    for (String line : reply.text().split("\n")) {
      try {
        lines.add(ApiServer.MAPPER.readTree(line));
      } catch (IOException e) {
        throw new AssertionError(line, e);
      }
    }
    return lines;
  }

  @Test
  void pagesFollowEachOtherByTheirCursors() {
    fill(25, "1");
    List<String> keys = new ArrayList<>();
    String cursor = "";
    int pages = 0;
    do {
      Reply reply = server.get(STORE + "?limit=10" + cursor);
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
      assertThat(reply.json().get("complete").asBoolean()).isTrue();
      reply.json().get("keys").forEach(key -> keys.add(key.asText()));
      cursor = reply.json().has("cursor") ? "&cursor=" + reply.field("cursor") : null;
      pages++;
    } while (cursor != null);
    assertThat(pages).isEqualTo(3);
    assertThat(keys).hasSize(25).doesNotHaveDuplicates();
    assertThat(server.get("/api/v1/buckets/nobody/store").text())
        .isEqualTo("{\"keys\":[],\"complete\":true}");
    assertThat(server.get(STORE + "?prefix=k1002").json().get("keys")).hasSize(5);
  }

  @Test
  void aPageHasAThousandKeysUnlessTheRequestSaysOtherwise() {
    fill(1_000, "1");
    server.putJson(STORE + "/l", "{\"value\":1}");
    assertThat(server.get(STORE).json().get("keys")).hasSize(1_000);
    assertThat(server.get(STORE + "?limit=10000").json().get("keys")).hasSize(1_001);
  }

  @Test
  void missingPartitionsAreSaid() {
    fill(1, "1");
    server.onLoop(() -> server.service.missing = 3);
    assertThat(server.get(STORE).json().get("complete").asBoolean()).isFalse();
    List<JsonNode> lines = lines(server.get(STORE, "Accept", STREAM));
    assertThat(lines.get(lines.size() - 1).toString())
        .isEqualTo("{\"complete\":false,\"missing\":3}");
  }

  @Test
  void aStreamHasOneLineForEachKeyCursorsAndALastLine() {
    fill(1_000, "1");
    for (int i = 0; i < 3; i++) {
      server.putJson(STORE + "/l" + i, "{\"value\":1}");
    }
    List<JsonNode> lines = lines(server.get(STORE, "Accept", STREAM));
    assertThat(lines).hasSize(1_000 + 1 + 3 + 1);
    assertThat(lines.get(0).toString()).isEqualTo("{\"key\":\"k10000\"}");
    assertThat(lines.get(1_000).has("cursor")).isTrue();
    assertThat(lines.get(1_004).toString()).isEqualTo("{\"complete\":true}");
    String cursor = lines.get(1_000).get("cursor").asText();
    List<JsonNode> rest = lines(server.get(STORE + "?cursor=" + cursor, "Accept", STREAM));
    assertThat(rest).isEqualTo(lines.subList(1_001, 1_005));
  }

  @Test
  void aStreamEndsAtItsLimitWithACursor() {
    fill(30, "1");
    List<JsonNode> lines = lines(server.get(STORE + "?limit=20", "Accept", STREAM));
    assertThat(lines).hasSize(22);
    assertThat(lines.get(20).has("cursor")).isTrue();
    assertThat(lines.get(21).toString()).isEqualTo("{\"complete\":true}");
  }

  @Test
  void aStreamWithALimitEndsWithThePageThatEndedEarly() {
    fill(30, "1");
    server.onLoop(() -> server.service.mostOfPage = 7);
    List<JsonNode> lines = lines(server.get(STORE + "?limit=20", "Accept", STREAM));
    assertThat(lines).hasSize(7 + 2);
    assertThat(lines.get(8).toString()).isEqualTo("{\"complete\":true}");
    String cursor = lines.get(7).get("cursor").asText();
    assertThat(lines(server.get(STORE + "?limit=20&cursor=" + cursor, "Accept", STREAM)).get(0))
        .hasToString("{\"key\":\"k10007\"}");
    assertThat(lines(server.get(STORE, "Accept", STREAM)))
        .as("without a limit all pages follow, each with its cursor")
        .hasSize(30 + 4 + 1);
  }

  @Test
  void valuesAreTheEnvelopesOfAGet() {
    server.putJson(STORE + "/a", "{\"value\":{\"x\":1}}");
    server.send("PUT", STORE + "/b", new byte[] {1}, "Content-Type", "image/png");
    server.putJson(STORE + "/c", "{\"value\":1}");
    server.putJson(STORE + "/c", "{\"value\":2,\"context\":\"\"}");
    server.putJson(STORE + "/d", "{\"value\":1}");
    server.send("DELETE", STORE + "/d", (byte[]) null);
    List<JsonNode> lines = lines(server.get(STORE + "?values=true", "Accept", STREAM));
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0).get("value").toString()).isEqualTo("{\"x\":1}");
    assertThat(lines.get(1).get("encoding").asText()).isEqualTo("base64");
    assertThat(lines.get(2).get("siblings")).hasSize(2);
    List<String> fields = new ArrayList<>();
    lines.get(0).fieldNames().forEachRemaining(fields::add);
    assertThat(fields).containsExactly("message", "key", "value", "context");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0", "limit=10001", "limit=-1", "limit=x", "limit=", "values=true", "values=maybe",
        "cursor=damaged", "cursor=", "r=1", "raw", "nonsense", "timeoutMs=0", "prefix=%ff"
      })
  void aBadParameterIsRejectedByName(String query) {
    Reply reply = server.get(STORE + "?" + query);
    assertThat(reply.status()).as(reply.text()).isEqualTo(400);
    assertThat(reply.field("type")).isEqualTo("urn:starling:problem:bad-parameter");
    assertThat(reply.field("field")).isEqualTo(query.replaceAll("=.*", ""));
  }

  @Test
  void aBadCursorRejectsAStreamBeforeItBegins() {
    Reply reply = server.get(STORE + "?cursor=damaged", "Accept", STREAM);
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.field("field")).isEqualTo("cursor");
  }

  @Test
  void otherTypesAreNotAcceptable() {
    Reply reply = server.get(STORE, "Accept", "text/csv");
    assertThat(reply.status()).isEqualTo(406);
    assertThat(reply.field("detail")).contains("ndjson");
    assertThat(server.get(STORE, "Accept", "*/*").header("Content-Type"))
        .isEqualTo("application/json");
    assertThat(server.get(STORE, "Accept", "application/json, application/x-ndjson;q=0").status())
        .isEqualTo(200);
  }

  @Test
  void aHeadHasTheHeadersOfItsGet() {
    fill(3, "1");
    Reply page = server.send("HEAD", STORE, (byte[]) null);
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("Content-Type")).isEqualTo("application/json");
    Reply stream = server.send("HEAD", STORE, (byte[]) null, "Accept", STREAM);
    assertThat(stream.status()).isEqualTo(200);
    assertThat(stream.header("Content-Type")).isEqualTo(STREAM);
    assertThat(server.send("HEAD", STORE + "?limit=0", (byte[]) null).status()).isEqualTo(400);
  }

  @Test
  void aStreamIsReadByHttpOneZeroToo() throws IOException {
    fill(2, "1");
    try (RawClient client = new RawClient(server.port)) {
      client.send("GET " + STORE + " HTTP/1.0\r\nAccept: " + STREAM + "\r\n\r\n");
      RawClient.Response response = client.read();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.header("Connection")).isEqualTo("close");
    }
  }

  @Test
  void aConnectionGoesOnAfterAStream() throws IOException {
    fill(2, "1");
    try (RawClient client = new RawClient(server.port)) {
      String get = "GET " + STORE + " HTTP/1.1\r\nHost: x\r\nAccept: " + STREAM + "\r\n\r\n";
      for (int i = 0; i < 3; i++) {
        RawClient.Response response = client.send(get).read();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.text()).endsWith("{\"complete\":true}\n");
      }
    }
    assertThat(server.onLoop(server.api::inFlight)).isZero();
  }

  @Test
  void aStreamWaitsForItsReader() throws IOException {
    fill(1_000, "\"" + "v".repeat(6_000) + "\"");
    server.putJson(STORE + "/l", "{\"value\":1}");
    try (RawClient client = new RawClient(server.port, 4_096)) {
      client.send(
          "GET "
              + STORE
              + "?values=true&limit=10000 HTTP/1.1\r\nHost: x\r\nAccept: "
              + STREAM
              + "\r\n\r\n");
      await().until(() -> server.onLoop(() -> server.service.lists) > 0);
      // The second page is not asked for before the socket has taken the 6 MB of the first.
      assertThat(server.onLoop(() -> server.service.lists)).isEqualTo(1);
      RawClient.Response response = client.read();
      assertThat(response.text()).endsWith("{\"complete\":true}\n");
    }
    assertThat(server.onLoop(() -> server.service.lists)).isEqualTo(2);
    await().until(() -> server.onLoop(server.api::inFlight) == 0);
  }

  @Test
  void aReaderThatStopsIsCutOff() throws IOException {
    HttpConfig usual = HttpConfig.DEFAULT;
    HttpConfig config =
        new HttpConfig(
            "127.0.0.1",
            0,
            null,
            usual.maxValueBytes(),
            usual.idleTimeout(),
            Duration.ofMillis(500),
            0,
            usual.maxRequests(),
            usual.maxBufferedBytes(),
            List.of());
    server.close();
    server = new ApiServer(config);
    fill(1_000, "\"" + "v".repeat(8_000) + "\"");
    server.putJson(STORE + "/l", "{\"value\":1}");
    try (RawClient client = new RawClient(server.port, 4_096)) {
      client.send(
          "GET " + STORE + "?values=true HTTP/1.1\r\nHost: x\r\nAccept: " + STREAM + "\r\n\r\n");
      await().until(() -> server.onLoop(server.api::inFlight) == 1);
      await().until(() -> server.onLoop(server.api::inFlight) == 0);
    }
  }

  @Test
  void aClientThatDisconnectsEndsItsStream() throws IOException {
    fill(1_000, "\"" + "v".repeat(8_000) + "\"");
    server.putJson(STORE + "/l", "{\"value\":1}");
    try (RawClient client = new RawClient(server.port, 4_096)) {
      client.send(
          "GET " + STORE + "?values=true HTTP/1.1\r\nHost: x\r\nAccept: " + STREAM + "\r\n\r\n");
      await().until(() -> server.onLoop(server.api::inFlight) == 1);
    }
    await().until(() -> server.onLoop(server.api::inFlight) == 0);
  }

  @Test
  void aPageThatFailsForGoodCutsTheStreamWithoutItsLastLine() throws IOException {
    fill(1_000, "1");
    server.putJson(STORE + "/l", "{\"value\":1}");
    server.onLoop(() -> server.service.lastGoodList = 1);
    try (RawClient client = new RawClient(server.port)) {
      client.send("GET " + STORE + " HTTP/1.1\r\nHost: x\r\nAccept: " + STREAM + "\r\n\r\n");
      assertThatThrownBy(client::read).isInstanceOf(EOFException.class);
    }
    await().until(() -> server.onLoop(server.api::inFlight) == 0);
  }

  @Test
  void aPageThatFailsForNowIsAskedForAgain() {
    fill(1_000, "1");
    server.putJson(STORE + "/l", "{\"value\":1}");
    server.onLoop(
        () -> {
          server.service.lastGoodList = 1;
          server.service.listProblem = ProblemKind.UNAVAILABLE;
          return null;
        });
    CompletableFuture<Reply> reply =
        CompletableFuture.supplyAsync(() -> server.get(STORE, "Accept", STREAM));
    await().until(() -> server.onLoop(() -> server.service.lists) > 2);
    server.onLoop(() -> server.service.lastGoodList = Integer.MAX_VALUE);
    List<JsonNode> lines = lines(reply.join());
    assertThat(lines.get(lines.size() - 1).toString()).isEqualTo("{\"complete\":true}");
    assertThat(lines).hasSize(1_003);
  }
}
