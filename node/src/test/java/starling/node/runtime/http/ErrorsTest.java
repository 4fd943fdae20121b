package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.runtime.http.ApiServer.Reply;
import starling.node.runtime.http.RawClient.Response;
import starling.wire.ProblemKind;

/** Every status in the list of errors, as a problem document with all its members. */
class ErrorsTest {
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

  static void isProblem(Reply reply, ProblemKind kind) {
    assertThat(reply.status()).as(reply.text()).isEqualTo(kind.status());
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    JsonNode json = reply.json();
    assertThat(json.get("type").asText()).isEqualTo(kind.type());
    assertThat(json.get("title").asText()).isEqualTo(kind.title());
    assertThat(json.get("status").asInt()).isEqualTo(kind.status());
    assertThat(json.get("detail").asText()).isNotEmpty();
    assertThat(json.get("message").asText()).isEqualTo(kind.message());
    assertThat(json.get("requestId").asText()).isNotEmpty().isEqualTo(reply.header("X-Request-Id"));
  }

  private Response raw(String request) throws IOException {
    try (RawClient client = new RawClient(server.port)) {
      return client.send(request).read(request.startsWith("HEAD"));
    }
  }

  // ---- 400

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?x=1",
        "?R=1",
        "?r=0",
        "?r=4",
        "?r=x",
        "?r=",
        "?r=-1",
        "?r=1.0",
        "?w=0",
        "?w=4",
        "?pr=4",
        "?pw=4",
        "?pw=none",
        "?timeoutMs=0",
        "?timeoutMs=60001",
        "?timeoutMs=1e3",
        "?timeoutMs=",
        "?timeoutMs=99999999999",
        "?durability=fast",
        "?durability=SYNCED",
        "?durability=",
        "?r=1&r=1",
        "?%ff=1",
        "?raw=maybe",
        "?siblings=all",
        "?siblings",
        "?siblings=list&raw",
        "?prefix=a"
      })
  void aBadParameterIsRefusedByName(String query) {
    Reply reply = server.get(KEY + query);
    isProblem(reply, ProblemKind.BAD_PARAMETER);
    assertThat(reply.field("field")).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?r=1",
        "?r=one&w=all&pr=quorum&pw=0",
        "?timeoutMs=60000",
        "?durability=replicated"
      })
  void aGoodParameterIsHandedOn(String query) {
    assertThat(server.get(KEY + query).status()).isEqualTo(404);
    assertThat(
            server
                .send("PUT", KEY + query, "{\"value\":1}", "Content-Type", "application/json")
                .status())
        .isEqualTo(201);
  }

  @Test
  void contextsThatDifferOrAreNoneAreRefused() {
    for (String context : List.of("not base64", "a=b", "x".repeat(2049), "\u00e9")) {
      String body = "{\"value\":1,\"context\":\"" + context + "\"}";
      isProblem(server.putJson(KEY, body), ProblemKind.BAD_CONTEXT);
    }
    isProblem(
        server.putJson(KEY, "{\"value\":1,\"context\":\"foreign\"}"), ProblemKind.BAD_CONTEXT);
    isProblem(
        server.send(
            "PUT",
            KEY,
            "{\"value\":1,\"context\":\"aa\"}",
            "Content-Type",
            "application/json",
            "X-Starling-Context",
            "bb"),
        ProblemKind.BAD_CONTEXT);
    isProblem(
        server.get(KEY, "X-Starling-Context", "aa", "X-Starling-Context", "bb"),
        ProblemKind.BAD_CONTEXT);
    isProblem(
        server.send("DELETE", KEY, (byte[]) null, "X-Starling-Context", "a b"),
        ProblemKind.BAD_CONTEXT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "\"a", "a\"", "\"a\" \"b\"", ",", " , ,", "W/a", "*, \"a\""})
  void entityTagsThatMakeNoSenseAreRefused(String tags) {
    isProblem(server.send("DELETE", KEY, (byte[]) null, "If-Match", tags), ProblemKind.BAD_REQUEST);
    isProblem(server.get(KEY, "If-None-Match", tags), ProblemKind.BAD_REQUEST);
  }

  @Test
  void emptyElementsOfAListOfEntityTagsMeanNothing() {
    String tag = server.putJson(KEY, "{\"value\":1}").header("ETag");
    for (String list : List.of(tag + ",", ", " + tag, ",,\t,\"x\", ," + tag + " , ,")) {
      assertThat(server.get(KEY, "If-Match", list).status()).as(list).isEqualTo(200);
      assertThat(server.get(KEY, "If-None-Match", list).status()).as(list).isEqualTo(304);
    }
    assertThat(server.send("DELETE", KEY, (byte[]) null, "If-Match", "," + tag + ",").status())
        .isEqualTo(204);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b",
        "a/c",
        "<script>",
        "a:b",
        "a:1:2",
        "a:-1",
        "u@a",
        "a?b",
        "a#b",
        "[::1",
        "[]",
        "[::1]x",
        "[g%]",
        "%4",
        "%zz",
        "::1",
        "\u00e9",
        "a\"b",
        "a,b:x",
        "http://a"
      })
  void anInvalidHostIsRefused(String host) throws IOException {
    try (RawClient client = new RawClient(server.port)) {
      client.send("GET /health/live HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      Response response = client.read();
      assertThat(response.status()).as(response.text()).isEqualTo(400);
      assertThat(response.json().get("field").asText()).isEqualTo("Host");
      assertThat(client.ended()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a.b-c_d~e",
        "A:80",
        "a:",
        "",
        ":80",
        "127.0.0.1:8080",
        "[::1]",
        "[::1]:80",
        "[fe80::1]",
        "[v1.x:y]",
        "a%2Fb",
        "x!$&'()*+,;=y"
      })
  void everyHostThatTheGrammarKnowsIsTaken(String host) throws IOException {
    for (String version : List.of("1.1", "1.0")) {
      String request = "GET /health/live HTTP/" + version + "\r\nHost: " + host + "\r\n\r\n";
      assertThat(raw(request).status()).as(host).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/store/e HTTP/1.1\r\n\r\n",
        "GET /api/v1/store/e HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /api/v1/store/e HTTP/3.0\r\nHost: a\r\n\r\n",
        "GET /api/v1/store/e#f HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "PUT /api/v1/store/e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        "PUT /api/v1/store/e HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
      })
  void whatIsNotHttpIsToldSo(String request) throws IOException {
    Response response = raw(request);
    assertThat(response.status()).as(response.text()).isEqualTo(400);
    assertThat(response.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(response.json().get("type").asText()).isEqualTo("urn:starling:problem:bad-request");
    assertThat(response.json().get("requestId").asText())
        .isEqualTo(response.header("X-Request-Id"));
  }

  @Test
  void aBodyWhereNoneBelongsIsRefused() {
    isProblem(server.send("GET", KEY, "x"), ProblemKind.BAD_BODY);
    isProblem(server.send("GET", "/api/v1/cluster/members", "x"), ProblemKind.BAD_BODY);
    isProblem(
        server.send("DELETE", KEY, "{\"value\":1}", "Content-Type", "application/json"),
        ProblemKind.BAD_BODY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"n\":0}",
        "{\"n\":17}",
        "{\"n\":\"3\"}",
        "{\"r\":4}",
        "{\"w\":0}",
        "{\"pr\":9}",
        "{\"n\":2,\"r\":3}",
        "{\"timeoutMs\":0}",
        "{\"timeoutMs\":60001}",
        "{\"timeoutMs\":1.5}",
        "{\"durability\":\"x\"}",
        "{\"conflict\":\"x\"}",
        "{\"r\":null}",
        "{\"other\":1}",
        "[]",
        "{\"n\":3,\"n\":3}",
        "{\"n\":99999999999}",
        "{\"r\":-1}",
        "{\"r\":[1]}"
      })
  void badPropertiesOfABucketAreRefused(String body) {
    isProblem(server.putJson("/api/v1/buckets/b", body), ProblemKind.BAD_BODY);
    assertThat(server.get("/api/v1/buckets/b").json().get("n").asInt()).isEqualTo(3);
  }

  // ---- 404, 405

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api",
        "/api/v1",
        "/api/v1/storex",
        "/api/v2/store/a",
        "/api/v1/Store/a",
        "/api/v1/%73tore/a",
        "//api/v1/store/a",
        "/api/v1/buckets",
        "/api/v1/buckets/b/",
        "/api/v1/buckets/b/storex",
        "/api/v1/cluster",
        "/health",
        "/health/live/",
        "/metrics/",
        "/api/v1/cluster/members/",
        "/favicon.ico"
      })
  void aPathThatIsNothingIsNotFound(String path) throws IOException {
    Response response = raw("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(response.status()).isEqualTo(404);
    assertThat(response.json().get("type").asText())
        .isEqualTo("urn:starling:problem:no-such-route");
  }

  @Test
  void aMissingKeyIsNotFound() {
    isProblem(server.get(KEY), ProblemKind.NOT_FOUND);
    assertThat(server.get(KEY).field("key")).isEqualTo("e");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "/api/v1/store;GET, HEAD, PUT, POST, DELETE",
        "/api/v1/store/a;GET, HEAD, PUT, DELETE",
        "/api/v1/buckets/b/store/a;GET, HEAD, PUT, DELETE",
        "/api/v1/buckets/b;GET, HEAD, PUT",
        "/api/v1/batch;POST",
        "/api/v1/cluster/ring;GET, HEAD",
        "/health/live;GET, HEAD",
        "/metrics;GET, HEAD"
      })
  void aMethodThatDoesNotFitIsToldWhichDo(String path, String allowed) {
    for (String method : List.of("PATCH", "OPTIONS", "FOO")) {
      Reply reply = server.send(method, path, (byte[]) null);
      isProblem(reply, ProblemKind.METHOD_NOT_ALLOWED);
      assertThat(reply.header("Allow")).isEqualTo(allowed);
      assertThat(reply.header("Access-Control-Allow-Methods")).isNull();
    }
  }

  @Test
  void postWithAKeyInThePathIsNotAllowed() {
    Reply reply = server.send("POST", KEY, "{\"value\":1}", "Content-Type", "application/json");
    isProblem(reply, ProblemKind.METHOD_NOT_ALLOWED);
  }

  // ---- 406 to 415

  @Test
  void anAnswerThatCannotBeReadIsNotAcceptable() {
    isProblem(
        server.get("/api/v1/cluster/members", "Accept", "text/html"), ProblemKind.NOT_ACCEPTABLE);
    isProblem(server.get(KEY, "Accept", "application/json;q=0"), ProblemKind.NOT_ACCEPTABLE);
    server.putJson(KEY, "{\"value\":1}");
    isProblem(server.get(KEY, "Accept", "image/png"), ProblemKind.NOT_ACCEPTABLE);
  }

  @Test
  void postIsAConflictWhereTheKeyIsThere() {
    String body = "{\"key\":\"e\",\"value\":1}";
    Reply first = server.send("POST", "/api/v1/store", body, "Content-Type", "application/json");
    assertThat(first.status()).isEqualTo(201);
    isProblem(
        server.send("POST", "/api/v1/store", body, "Content-Type", "application/json"),
        ProblemKind.ALREADY_EXISTS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "POST"})
  void aBodyWithoutALengthIsRefused(String method) throws IOException {
    Response response =
        raw(
            method
                + " /api/v1/store HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\r\n");
    assertThat(response.status()).isEqualTo(411);
    assertThat(response.json().get("type").asText())
        .isEqualTo("urn:starling:problem:length-required");
  }

  @Test
  void aConditionThatDoesNotHoldIsAFailedPrecondition() {
    isProblem(
        server.send("DELETE", KEY, (byte[]) null, "If-Match", "*"),
        ProblemKind.PRECONDITION_FAILED);
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedBeforeItIsRead() throws IOException {
    Response response =
        raw(
            String.join(
                "\r\n",
                "PUT /api/v1/store/e HTTP/1.1",
                "Host: x",
                "Content-Type: application/json",
                "Content-Length: 99999999",
                "",
                ""));
    assertThat(response.status()).isEqualTo(413);
    assertThat(response.header("Connection")).isEqualTo("close");
  }

  @Test
  void aRequestLineHasAtMostEightKibibytes() throws IOException {
    Response longest = raw("GET /health/live?" + "x".repeat(8150) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(longest.status()).isEqualTo(400);
    Response tooLong = raw("GET /health/live?" + "x".repeat(8192) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(tooLong.status()).isEqualTo(414);
    assertThat(tooLong.json().get("type").asText()).isEqualTo("urn:starling:problem:uri-too-long");
    assertThat(tooLong.header("Connection")).isEqualTo("close");
  }

  @Test
  void headersHaveAtMostEightKibibytes() throws IOException {
    Response response =
        raw("GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: " + "x".repeat(9000) + "\r\n\r\n");
    assertThat(response.status()).isEqualTo(431);
    assertThat(response.json().get("type").asText())
        .isEqualTo("urn:starling:problem:headers-too-large");
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 800; i++) {
      many.append("X-").append(i).append(": xxxxxx\r\n");
    }
    assertThat(raw("GET /health/live HTTP/1.1\r\nHost: x\r\n" + many + "\r\n").status())
        .isEqualTo(431);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "MULTIPART/mixed",
        "nonsense",
        "/",
        "a/",
        ""
      })
  void aTypeThatSaysNothingIsUnsupportedAndTheAnswerSaysWhatToSend(String type) throws IOException {
    for (String start :
        List.of("PUT /api/v1/store/e", "PUT /api/v1/store?key=e", "POST /api/v1/store")) {
      Response response =
          raw(
              start
                  + " HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n"
                  + (type.isEmpty() ? "" : "Content-Type: " + type + "\r\n")
                  + "\r\n{\"value\":1}");
      assertThat(response.status()).as(start).isEqualTo(415);
      assertThat(response.json().get("detail").asText()).contains("Content-Type: application/json");
      assertThat(response.json().get("field").asText()).isEqualTo("Content-Type");
    }
  }

  @Test
  void bytesNeedAKeyOutsideTheBody() {
    isProblem(
        server.send("PUT", "/api/v1/store", "x", "Content-Type", "text/plain"),
        ProblemKind.UNSUPPORTED_MEDIA_TYPE);
    isProblem(
        server.send("POST", "/api/v1/store?key=a", "x", "Content-Type", "text/plain"),
        ProblemKind.UNSUPPORTED_MEDIA_TYPE);
    isProblem(
        server.send("DELETE", "/api/v1/store", "{\"key\":\"a\"}", "Content-Type", "text/plain"),
        ProblemKind.UNSUPPORTED_MEDIA_TYPE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "br", "deflate", "identity, gzip"})
  void packedBodiesAreUnsupported(String encoding) {
    isProblem(
        server.send(
            "PUT",
            KEY,
            "{\"value\":1}",
            "Content-Type",
            "application/json",
            "Content-Encoding",
            encoding),
        ProblemKind.UNSUPPORTED_MEDIA_TYPE);
  }

  // ---- 501

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: deflate,gzip,chunked\r\n",
        "Transfer-Encoding: x;q=\"a, b\", chunked\r\n"
      })
  void packedTransferCodingsAreNotBuilt(String header) throws IOException {
    for (String type : List.of("application/octet-stream", "application/json")) {
      try (RawClient client = new RawClient(server.port)) {
        client.send(
            "PUT /api/v1/store/e HTTP/1.1\r\nHost: x\r\nContent-Type: "
                + type
                + "\r\n"
                + header
                + "\r\n5\r\nhello\r\n0\r\n\r\n");
        Response response = client.read();
        assertThat(response.status()).as(response.text()).isEqualTo(501);
        assertThat(response.json().get("field").asText()).isEqualTo("Transfer-Encoding");
        assertThat(response.json().get("detail").asText()).contains("chunked");
        assertThat(client.ended()).isTrue();
      }
    }
    assertThat(server.get(KEY).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "GET;/api/v1/cluster/tasks;;tasks",
        "PUT;/api/v1/store/e;{\"value\":1,\"ttlSeconds\":5};ttlSeconds",
        "PUT;/api/v1/store/e?ttlSeconds=5;{\"value\":1};ttlSeconds",
        "PUT;/api/v1/buckets/b;{\"ttlSeconds\":5};ttlSeconds"
      })
  void whatIsNotBuiltSaysSoByName(String method, String path, String body, String name) {
    Reply reply = server.send(method, path, body, "Content-Type", "application/json");
    assertThat(reply.status()).isEqualTo(501);
    if (name != null) {
      isProblem(reply, ProblemKind.NOT_BUILT);
      assertThat(reply.field("detail")).contains(name);
    }
  }

  // ---- request ids

  @Test
  void aRequestIdIsEchoedIfItIsOneAndMadeIfItIsNot() {
    for (String good : List.of("a", "x".repeat(128), "!\"#~")) {
      assertThat(server.get(KEY, "X-Request-Id", good).header("X-Request-Id")).isEqualTo(good);
      assertThat(server.get(KEY, "X-Request-Id", good).field("requestId")).isEqualTo(good);
    }
    for (String bad : List.of("", "x".repeat(129), "a b")) {
      assertThat(server.get(KEY, "X-Request-Id", bad).header("X-Request-Id"))
          .isNotEmpty()
          .isNotEqualTo(bad);
    }
    assertThat(server.get("/metrics", "X-Request-Id", "m").header("X-Request-Id")).isEqualTo("m");
    server.putJson(KEY, "{\"value\":1}");
    server.get(KEY, "X-Request-Id", "to-the-node");
    assertThat(server.onLoop(() -> server.service.lastRead.requestId())).isEqualTo("to-the-node");
  }
}
