package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.request.Condition;
import starling.node.runtime.http.ApiServer.Reply;
import starling.node.runtime.http.RawClient.Response;

/** Which form of a value is answered, its entity tags, and conditions on them. */
class RepresentationsTest {
  private static ApiServer server;

  @BeforeAll
  static void start() {
    server = ApiServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/*|envelope",
        "application/json|envelope",
        "application/*|envelope",
        "application/json, text/plain, */*|envelope",
        "application/json;q=0.5, */*;q=0.1|envelope",
        "text/plain;q=0, */*|envelope",
        "text/plain|bytes",
        "text/html,application/xhtml+xml,*/*;q=0.8|bytes",
        "application/octet-stream|bytes",
        "application/json;q=0.5, text/plain|bytes",
        "nonsense|envelope",
        "image/png|none",
        "application/json;q=0|none"
      })
  void acceptChoosesBetweenEnvelopeAndBytes(String accept, String form) {
    server.putJson("/api/v1/store/json", "{\"value\":{\"a\":1}}");
    Reply reply = server.get("/api/v1/store/json", "Accept", accept);
    switch (form) {
      case "envelope" -> assertThat(reply.field("message")).isEqualTo("found");
      case "bytes" -> assertThat(reply.text()).isEqualTo("{\"a\":1}");
      default -> assertThat(reply.status()).isEqualTo(406);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "text/plain,200",
    "text/*,200",
    "TEXT/Plain;q=0.1,200",
    "application/octet-stream,200",
    "text/html,406",
    "image/*,406"
  })
  void bytesAreGivenUnderTheTypeTheyCameWith(String accept, int status) {
    server.send(
        "PUT", "/api/v1/store/text", "hello", "Content-Type", "text/plain; charset=iso-8859-1");
    Reply reply = server.get("/api/v1/store/text", "Accept", accept);
    assertThat(reply.status()).isEqualTo(status);
    if (status == 200) {
      assertThat(reply.text()).isEqualTo("hello");
      assertThat(reply.header("Content-Type")).isEqualTo("text/plain; charset=iso-8859-1");
    }
  }

  @Test
  void siblingsAreJsonWhateverIsAccepted() {
    server.send("DELETE", "/api/v1/store/sib", (byte[]) null);
    server.send("PUT", "/api/v1/store/sib", "x", "Content-Type", "text/plain");
    server.putJson("/api/v1/store/sib", "{\"value\":2,\"context\":\"\"}");
    for (Reply reply :
        List.of(
            server.get("/api/v1/store/sib?raw"),
            server.get("/api/v1/store/sib", "Accept", "text/plain"))) {
      assertThat(reply.status()).isEqualTo(300);
      assertThat(reply.header("Content-Type")).isEqualTo("application/json");
      assertThat(reply.json().get("siblings").get(0).toString())
          .isEqualTo("{\"value\":\"eA==\",\"encoding\":\"base64\",\"contentType\":\"text/plain\"}");
      assertThat(reply.json().get("siblings").get(1).toString()).isEqualTo("{\"value\":2}");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/store/head",
        "/api/v1/store?key=head",
        "/api/v1/store/head?raw",
        "/api/v1/store/head?siblings=list",
        "/api/v1/store/nothing",
        "/api/v1/store/head?x=1",
        "/api/v1/store",
        "/api/v1/store/%ff",
        "/api/v1/replicas?key=head",
        "/api/v1/buckets/b",
        "/api/v1/buckets/b/replicas?key=head",
        "/api/v1/cluster/members",
        "/api/v1/cluster/ring",
        "/api/v1/cluster/tasks",
        "/health/live",
        "/health/ready",
        "/openapi.json",
        "/nowhere"
      })
  void headIsGetWithoutItsBody(String target) throws IOException {
    server.putJson("/api/v1/store/head", "{\"value\":{\"a\":1}}");
    Response get = raw("GET", target, false);
    Response head = raw("HEAD", target, true);
    assertThat(head.status()).isEqualTo(get.status());
    assertThat(comparable(head)).isEqualTo(comparable(get));
    assertThat(get.body().length).isEqualTo(Integer.parseInt(head.header("Content-Length")));
  }

  /** The in-memory service issues a new context for each read. */
  private static Map<String, String> comparable(Response response) {
    Map<String, String> headers = new TreeMap<>(response.headers());
    assertThat(headers.remove("date")).endsWith(" GMT");
    headers.computeIfPresent("x-starling-context", (name, value) -> "a context");
    return headers;
  }

  private static Response raw(String method, String target, boolean head) throws IOException {
    try (RawClient client = new RawClient(server.port)) {
      client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nX-Request-Id: i\r\n\r\n");
      return client.read(head);
    }
  }

  @Test
  void entityTagsNameVersionAndRepresentation() {
    String target = "/api/v1/store/etag";
    Reply put = server.putJson(target, "{\"value\":1}");
    String envelope = server.get(target).header("ETag");
    String bytes = server.get(target + "?raw").header("ETag");
    String list = server.get(target + "?siblings=list").header("ETag");
    assertThat(put.header("ETag")).isEqualTo(envelope).matches("\"[0-9a-f]{16}-e\"");
    assertThat(List.of(envelope, bytes, list)).doesNotHaveDuplicates();
    assertThat(server.get(target, "If-None-Match", envelope).status()).isEqualTo(304);
    assertThat(server.get(target, "If-None-Match", bytes).status()).isEqualTo(200);
    assertThat(server.get(target + "?raw", "If-None-Match", bytes).status()).isEqualTo(304);
    assertThat(server.get(target, "If-None-Match", "\"x\", W/" + envelope).status()).isEqualTo(304);
    assertThat(server.get(target, "If-None-Match", "*").status()).isEqualTo(304);
    Reply unchanged = server.get(target, "If-None-Match", "*");
    assertThat(unchanged.body()).isEmpty();
    assertThat(unchanged.header("ETag")).isEqualTo(envelope);
    assertThat(unchanged.header("X-Starling-Context")).isNotEmpty();
    assertThat(server.get(target, "If-Match", envelope).status()).isEqualTo(200);
    assertThat(server.get(target, "If-Match", "\"other\"").status()).isEqualTo(412);
    server.putJson(target, "{\"value\":2}");
    assertThat(server.get(target, "If-None-Match", envelope).status()).isEqualTo(200);
    assertThat(server.get("/api/v1/store/no", "If-None-Match", "*").status()).isEqualTo(404);
    assertThat(server.get("/api/v1/store/no", "If-Match", "*").status()).isEqualTo(412);
  }

  @Test
  void ifNoneMatchStarCreatesOrFails() {
    String target = "/api/v1/store/create";
    assertThat(write("PUT", target, "If-None-Match", "*").status()).isEqualTo(201);
    assertThat(write("PUT", target, "If-None-Match", "*").status()).isEqualTo(412);
    server.send("DELETE", target, (byte[]) null);
    assertThat(write("PUT", target, "If-None-Match", "*").status()).isEqualTo(201);
    assertThat(write("PUT", target, "If-None-Match", "\"x\"").status()).isEqualTo(400);
    assertThat(server.send("DELETE", target, (byte[]) null, "If-None-Match", "*").status())
        .isEqualTo(400);
    assertThat(write("PUT", target, "If-None-Match", "*", "If-Match", "*").status()).isEqualTo(400);
    assertThat(server.onLoop(() -> server.service.lastWrite.condition()))
        .isEqualTo(Condition.ABSENT);
  }

  @Test
  void ifMatchReplacesThatVersionOrFails() {
    String target = "/api/v1/store/match";
    assertThat(write("PUT", target, "If-Match", "*").status()).isEqualTo(412);
    String first = write("PUT", target).header("ETag");
    String raw = server.get(target + "?raw").header("ETag");
    Reply second = write("PUT", target, "If-Match", raw);
    assertThat(second.status()).isEqualTo(201);
    assertThat(write("PUT", target, "If-Match", first).status()).isEqualTo(412);
    assertThat(write("PUT", target, "If-Match", "W/" + second.header("ETag")).status())
        .isEqualTo(412);
    assertThat(write("PUT", target, "If-Match", "\"x\", " + second.header("ETag")).status())
        .isEqualTo(201);
    assertThat(server.send("DELETE", target, (byte[]) null, "If-Match", first).status())
        .isEqualTo(412);
    assertThat(server.send("DELETE", target, (byte[]) null, "If-Match", "*").status())
        .isEqualTo(204);
    assertThat(server.send("DELETE", target, (byte[]) null, "If-Match", "*").status())
        .isEqualTo(412);
  }

  /** So that a client can try again without a read. */
  @Test
  void aFailedConditionNamesWhatIsThereAsAReadOfTheSameFormWould() {
    String target = "/api/v1/store/there";
    Reply nothing = write("PUT", target, "If-Match", "*");
    assertThat(nothing.header("ETag")).isNullOrEmpty();
    assertThat(nothing.header("X-Starling-Context")).isNullOrEmpty();
    write("PUT", target);
    Reply read = server.get(target);
    for (Reply failed :
        List.of(
            write("PUT", target, "If-None-Match", "*"),
            write("PUT", target, "If-Match", "\"x\""),
            server.get(target, "If-Match", "\"x\""))) {
      assertThat(failed.status()).isEqualTo(412);
      assertThat(failed.header("ETag")).isEqualTo(read.header("ETag"));
      assertThat(failed.field("etag")).isEqualTo(read.header("ETag"));
      assertThat(failed.field("context")).isEqualTo(failed.header("X-Starling-Context"));
      assertThat(failed.header("X-Starling-Context")).isNotEmpty();
    }
    Reply raw =
        server.send("PUT", target, "bytes", "Content-Type", "text/plain", "If-Match", "\"x\"");
    assertThat(raw.header("ETag")).isEqualTo(server.get(target + "?raw").header("ETag"));
    assertThat(write("PUT", target, "If-Match", raw.header("ETag")).status()).isEqualTo(201);
    server.send("DELETE", target, (byte[]) null);
    Reply deleted = write("PUT", target, "If-Match", "*");
    assertThat(deleted.header("ETag")).isNullOrEmpty();
    assertThat(deleted.header("X-Starling-Context")).isNotEmpty();
  }

  private static Reply write(String method, String target, String... headers) {
    String[] all = new String[headers.length + 2];
    System.arraycopy(headers, 0, all, 0, headers.length);
    all[headers.length] = "Content-Type";
    all[headers.length + 1] = "application/json";
    return server.send(method, target, "{\"value\":1}", all);
  }

  @Test
  void contextsTravelInBodyAndHeader() {
    String target = "/api/v1/store/context";
    Reply put = server.putJson(target, "{\"value\":1}");
    String context = put.header("X-Starling-Context");
    Reply second =
        server.send(
            "PUT", target, "bytes", "Content-Type", "text/plain", "X-Starling-Context", context);
    assertThat(second.status()).isEqualTo(201);
    assertThat(server.onLoop(() -> server.service.lastWrite.context())).isEqualTo(context);
    String both = "{\"value\":1,\"context\":\"" + context + "\"}";
    assertThat(
            server
                .send(
                    "PUT",
                    target,
                    both,
                    "Content-Type",
                    "application/json",
                    "X-Starling-Context",
                    context)
                .status())
        .isEqualTo(201);
    server.putJson(target, "{\"value\":1,\"context\":\"\"}");
    assertThat(server.onLoop(() -> server.service.lastWrite.context())).isEmpty();
    server.putJson(target, "{\"value\":1}");
    assertThat(server.onLoop(() -> server.service.lastWrite.context())).isNull();
    Reply delete =
        server.send(
            "DELETE",
            "/api/v1/store",
            "{\"key\":\"context\",\"context\":\"" + context + "\"}",
            "Content-Type",
            "application/json");
    assertThat(delete.status()).isEqualTo(204);
    server.get(target, "X-Starling-Context", context);
    assertThat(server.onLoop(() -> server.service.lastRead.context())).isEqualTo(context);
  }

  @Test
  void postCreatesAndSaysWhere() {
    String body = "{\"key\":\"a/../new\",\"value\":[1.0]}";
    Reply post = server.send("POST", "/api/v1/store", body, "Content-Type", "application/json");
    assertThat(post.status()).isEqualTo(201);
    assertThat(post.text())
        .startsWith("{\"message\":\"stored\",\"key\":\"a/../new\",\"value\":[1.0],\"context\":");
    assertThat(server.get(post.header("Location")).field("message")).isEqualTo("found");
  }
}
