package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.runtime.http.ApiServer.Reply;

/**
 * The routes of batches: results in order, bounds, and which bad input concerns the whole batch.
 */
class BatchRoutesTest {
  private static final String BATCH = "/api/v1/batch";
  private ApiServer server;

  @BeforeEach
  void start() {
    server = ApiServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Reply post(String body, String... headers) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Content-Type";
    all[headers.length + 1] = "application/json";
    return server.send("POST", BATCH, body, all);
  }

  private List<JsonNode> results(String... operations) {
    Reply reply = post("{\"operations\":[" + String.join(",", operations) + "]}");
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    List<JsonNode> results = new java.util.ArrayList<>();
    reply.json().get("results").forEach(results::add);
    return results;
  }

  private static List<Integer> statuses(List<JsonNode> results) {
    return results.stream().map(result -> result.get("status").asInt()).toList();
  }

  @Test
  void eachOperationHasItsResultInItsOrder() {
    server.putJson("/api/v1/store/old", "{\"value\":1}");
    List<JsonNode> results =
        results(
            "{\"put\":{\"key\":\"a\",\"value\":{\"x\":15}}}",
            "{\"get\":{\"key\":\"a\"}}",
            "{\"get\":{\"key\":\"none\"}}",
            "{\"delete\":{\"key\":\"old\"}}",
            "{\"get\":{\"key\":\"old\"}}",
            "{\"put\":{\"key\":\"b\",\"value\":\"AAE=\",\"encoding\":\"base64\","
                + "\"contentType\":\"image/png\"}}");
    assertThat(statuses(results)).containsExactly(201, 200, 404, 204, 404, 201);
    assertThat(results.get(0).get("message").asText()).isEqualTo("stored");
    assertThat(results.get(1).get("value").toString()).isEqualTo("{\"x\":15}");
    assertThat(results.get(1).get("etag").asText())
        .isEqualTo(server.get("/api/v1/store/a").header("ETag"));
    assertThat(results.get(1).get("context").asText()).isNotEmpty();
    assertThat(results.get(2).get("type").asText()).isEqualTo("urn:starling:problem:not-found");
    assertThat(results.get(2).has("deleted")).isFalse();
    assertThat(results.get(3).get("context").asText()).isNotEmpty();
    assertThat(results.get(4).get("deleted").asBoolean()).isTrue();
    assertThat(server.get("/api/v1/store/b", "Accept", "image/png").body()).containsExactly(0, 1);
  }

  @Test
  void siblingsAndContextsAreThoseOfSingleRequests() {
    server.putJson("/api/v1/store/s", "{\"value\":1}");
    server.putJson("/api/v1/store/s", "{\"value\":2,\"context\":\"\"}");
    JsonNode read = results("{\"get\":{\"key\":\"s\"}}").get(0);
    assertThat(read.get("status").asInt()).isEqualTo(300);
    assertThat(read.get("siblings")).hasSize(2);
    assertThat(read.has("value")).isFalse();
    String context = read.get("context").asText();
    assertThat(
            statuses(
                results(
                    "{\"put\":{\"key\":\"s\",\"value\":3,\"context\":\"" + context + "\"}}",
                    "{\"get\":{\"key\":\"s\"}}")))
        .containsExactly(201, 200);
  }

  @Test
  void aBatchBelowABucketIsInThatBucket() {
    Reply reply =
        server.send(
            "POST",
            "/api/v1/buckets/b/batch",
            "{\"operations\":[{\"put\":{\"key\":\"k\",\"value\":1}}]}",
            "Content-Type",
            "application/json");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(server.get("/api/v1/buckets/b/store/k").status()).isEqualTo(200);
    assertThat(server.get("/api/v1/store/k").status()).isEqualTo(404);
  }

  @Test
  void aBucketThatWasNeverWrittenIsEmpty() {
    Reply reply =
        server.send(
            "POST",
            "/api/v1/buckets/nobody/batch",
            "{\"operations\":[{\"get\":{\"key\":\"k\"}},{\"delete\":{\"key\":\"k\"}}]}",
            "Content-Type",
            "application/json");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().at("/results/0/status").asInt()).isEqualTo(404);
    assertThat(reply.json().at("/results/1/status").asInt()).isEqualTo(204);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"operations\":[]}",
        "{\"operations\":{}}",
        "{\"operations\":[{\"get\":{\"key\":\"a\"}}],\"atomic\":true}",
        "{\"operations\":[1]}",
        "{\"operations\":[{}]}",
        "{\"operations\":[{\"get\":{\"key\":\"a\"},\"put\":{\"key\":\"a\",\"value\":1}}]}",
        "{\"operations\":[{\"read\":{\"key\":\"a\"}}]}",
        "{\"operations\":[{\"get\":\"a\"}]}",
        "{\"operations\":[{\"get\":{\"key\":\"a\",\"value\":1}}]}",
        "{\"operations\":[{\"get\":{\"key\":\"a\",\"idempotencyKey\":\"i\"}}]}",
        "{\"operations\":[{\"delete\":{\"key\":\"a\",\"value\":1}}]}",
        "{\"operations\":[{\"delete\":{\"key\":\"a\",\"ttlSeconds\":5}}]}",
        "{\"operations\":[{\"put\":{\"key\":\"a\",\"value\":1,\"ttl\":5}}]}",
        "{\"operations\":[{\"put\":{\"key\":\"a\",\"key\":\"b\",\"value\":1}}]}",
        "{\"operations\":[{\"put\":{\"key\":\"a\",\"value\":1}}]",
        "{\"operations\":[{\"put\":{\"key\":\"a\",\"value\":1}}]} {}",
      })
  void aBatchOfAnotherShapeIsRejectedWhole(String body) {
    String tail = "{\"operations\":[{\"put\":{\"key\":\"done\",\"value\":1}},";
    for (String sent : List.of(body, body.replace("{\"operations\":[{", tail + "{"))) {
      Reply reply = post(sent);
      assertThat(reply.status()).as(sent).isEqualTo(400);
      assertThat(reply.field("type")).isEqualTo("urn:starling:problem:bad-body");
    }
    assertThat(server.service.batches).isZero();
    assertThat(server.get("/api/v1/store/done").status()).isEqualTo(404);
  }

  @Test
  void aThousandOperationsAreTakenAndOneMoreIsRejected() {
    String get = "{\"get\":{\"key\":\"a\"}}";
    String most = IntStream.range(0, 1_000).mapToObj(i -> get).collect(Collectors.joining(","));
    assertThat(results(most)).hasSize(1_000);
    Reply reply = post("{\"operations\":[" + most + "," + get + "]}");
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.field("detail")).contains("1000");
    assertThat(server.service.batches).isEqualTo(1);
  }

  @Test
  void eightMebibytesAreTakenAndOneByteMoreIsRejected() {
    String operations = "{\"operations\":[{\"get\":{\"key\":\"a\"}}]}";
    byte[] most = new byte[8 << 20];
    Arrays.fill(most, (byte) ' ');
    byte[] text = operations.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(text, 0, most, 0, text.length);
    assertThat(server.send("POST", BATCH, most, "Content-Type", "application/json").status())
        .isEqualTo(200);
    byte[] more = Arrays.copyOf(most, most.length + 1);
    more[most.length] = ' ';
    Reply reply = server.send("POST", BATCH, more, "Content-Type", "application/json");
    assertThat(reply.status()).isEqualTo(413);
    assertThat(reply.field("detail")).contains("8388608");
  }

  @Test
  void aBadKeyValueOrContextIsTheResultOfItsOperation() {
    String deep = "[".repeat(101) + "]".repeat(101);
    String edge = "[".repeat(100) + "]".repeat(100);
    List<JsonNode> results =
        results(
            "{\"get\":{}}",
            "{\"get\":{\"key\":\"\"}}",
            "{\"get\":{\"key\":5}}",
            "{\"get\":{\"key\":\"" + "k".repeat(1_025) + "\"}}",
            "{\"get\":{\"key\":\"\\ud800\"}}",
            "{\"put\":{\"key\":\"a\"}}",
            "{\"put\":{\"key\":\"a\",\"value\":" + deep + "}}",
            "{\"put\":{\"key\":\"a\",\"value\":1,\"encoding\":\"base64\"}}",
            "{\"put\":{\"key\":\"a\",\"value\":\"" + "v".repeat(1 << 20) + "\"}}",
            "{\"put\":{\"key\":\"a\",\"value\":1,\"context\":\"not a context\"}}",
            "{\"delete\":{\"key\":\"a\",\"context\":7}}",
            "{\"put\":{\"key\":\"a\",\"value\":1,\"context\":\"c99\"}}",
            "{\"put\":{\"key\":\"a\",\"value\":1,\"idempotencyKey\":\"a b\"}}",
            "{\"put\":{\"key\":\"a\",\"value\":1,\"ttlSeconds\":5}}",
            "{\"put\":{\"key\":\"deep\",\"value\":" + edge + "}}",
            "{\"put\":{\"key\":\"good\",\"value\":null}}");
    assertThat(statuses(results))
        .containsExactly(
            400, 400, 400, 400, 400, 400, 400, 400, 413, 400, 400, 400, 400, 501, 201, 201);
    assertThat(results.subList(0, 5).stream().map(result -> result.get("field").asText()))
        .containsOnly("key");
    assertThat(results.get(9).get("field").asText()).isEqualTo("context");
    assertThat(results.get(12).get("field").asText()).isEqualTo("idempotencyKey");
    assertThat(results.get(13).get("field").asText()).isEqualTo("ttlSeconds");
    assertThat(server.get("/api/v1/store/good").status()).isEqualTo(200);
    assertThat(server.get("/api/v1/store/a").status()).isEqualTo(404);
  }

  @Test
  void aValueWithBracketsInItsTextIsNotDeep() {
    String text = "\"" + "[{\\\"".repeat(300) + "\"";
    assertThat(statuses(results("{\"put\":{\"key\":\"a\",\"value\":" + text + "}}")))
        .containsExactly(201);
    assertThat(server.get("/api/v1/store/a").json().get("value").asText())
        .isEqualTo("[{\"".repeat(300));
  }

  @Test
  void headersAboutOneKeyAreRejectedOnABatch() {
    String body = "{\"operations\":[{\"put\":{\"key\":\"a\",\"value\":1}}]}";
    for (String header :
        List.of("Idempotency-Key", "X-Starling-Context", "If-Match", "If-None-Match")) {
      Reply reply = post(body, header, "*");
      assertThat(reply.status()).as(header).isEqualTo(400);
      assertThat(reply.field("field")).isEqualTo(header);
    }
    assertThat(server.service.batches).isZero();
  }

  @Test
  void theIdempotencyKeyOfAnOperationIsThatOfASingleWrite() {
    results("{\"put\":{\"key\":\"a\",\"value\":1,\"idempotencyKey\":\"i-1\"}}");
    var batched = server.service.lastWrite.idempotency();
    server.send(
        "PUT",
        "/api/v1/store/a",
        "{\"value\":1}",
        "Content-Type",
        "application/json",
        "Idempotency-Key",
        "i-1");
    assertThat(batched).isNotNull().isEqualTo(server.service.lastWrite.idempotency());
  }

  @Test
  void otherTypesMethodsAndParametersAreRejected() {
    String body = "{\"operations\":[{\"get\":{\"key\":\"a\"}}]}";
    assertThat(server.send("POST", BATCH, body, "Content-Type", "text/plain").status())
        .isEqualTo(415);
    assertThat(server.send("POST", BATCH, body).status()).isEqualTo(415);
    assertThat(post(body, "Accept", "image/png").status()).isEqualTo(406);
    assertThat(server.get(BATCH).status()).isEqualTo(405);
    assertThat(server.get(BATCH).header("Allow")).isEqualTo("POST");
    for (String query : List.of("?key=a", "?ttlSeconds=5", "?r=4", "?timeoutMs=0")) {
      Reply reply = server.send("POST", BATCH + query, body, "Content-Type", "application/json");
      assertThat(reply.status()).as(query).isEqualTo(400);
    }
    assertThat(
            server
                .send("POST", BATCH + "?r=1&timeoutMs=50", body, "Content-Type", "application/json")
                .status())
        .isEqualTo(200);
  }

  @Test
  void valuesBeyondTheRoomOfAnAnswerAreLeftOutAndTheOthersStay() {
    String value = "\"" + "v".repeat(1_000_000) + "\"";
    server.putJson("/api/v1/store/big", "{\"value\":" + value + "}");
    server.putJson("/api/v1/store/small", "{\"value\":1}");
    String[] gets = new String[41];
    Arrays.fill(gets, "{\"get\":{\"key\":\"big\"}}");
    gets[40] = "{\"get\":{\"key\":\"small\"}}";
    List<JsonNode> results = results(gets);
    assertThat(statuses(results).subList(0, 33)).containsOnly(200);
    assertThat(statuses(results).subList(33, 40)).containsOnly(503);
    assertThat(results.get(39).get("type").asText()).isEqualTo("urn:starling:problem:overloaded");
    assertThat(results.get(40).get("status").asInt()).isEqualTo(200);
    assertThat(server.get("/metrics").text()).contains("starling_http_answers_bytes 0.0");
  }

  @Test
  void theOperationsOfABatchAreCounted() {
    results("{\"get\":{\"key\":\"a\"}}", "{\"put\":{\"key\":\"a\",\"value\":1}}");
    String metrics = server.get("/metrics").text();
    assertThat(metrics).contains("starling_batch_operations_total 2.0");
    assertThat(metrics)
        .contains("starling_request_seconds_count{operation=\"put\",outcome=\"stored\"");
  }
}
