package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.runtime.http.ApiServer.Reply;
import starling.node.runtime.http.RawClient.Response;
import starling.wire.Percent;
import starling.wire.StorePaths;

/** Every key can be reached, under one name, and no two keys are one. */
class KeysTest {
  private static ApiServer server;

  @BeforeAll
  static void start() {
    server = ApiServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  static List<String> keys() {
    return List.of(
        "a",
        "A",
        "a b",
        " ",
        "+",
        "a+b",
        "a%20b",
        "%",
        "%2F",
        "%252F",
        "/",
        "//",
        "a/b",
        "a//b",
        "a/",
        "/a",
        "a/b/c",
        ".",
        "..",
        "a/../b",
        "./a",
        "a/.",
        "...",
        ".a",
        "%2e%2e",
        "a;b=c",
        "a?b",
        "a#b",
        "a&b=c",
        "a=b",
        "key",
        "\u0000",
        "a\u0000b",
        "\r\n",
        "a\r\nX-Evil: 1",
        "\t",
        "\u007f",
        "\u0080",
        "\u00e9",
        "e\u0301",
        "\ufeffa",
        "\u202eabc",
        "\u4e2d\u6587",
        "\ud83d\ude00",
        "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67",
        "\uffff",
        "\"quoted\"",
        "back\\slash",
        "<script>",
        "{}",
        "'",
        "k".repeat(1024),
        "\u4e2d".repeat(341));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void everyKeyRoundTripsByEveryNameItHas(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    String encoded = Percent.encode(bytes);
    String value = "{\"value\":" + quote(key) + "}";
    String byQuery = "/api/v1/store?key=" + encoded;
    String by64 =
        "/api/v1/store?key64=" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Reply put = server.putJson(byQuery, value);
    assertThat(put.status()).as(put.text()).isEqualTo(201);
    assertThat(put.field("key")).isEqualTo(key);
    for (String target : List.of(byQuery, by64, StorePaths.key("default", bytes))) {
      Reply get = server.get(target);
      assertThat(get.status()).as(target).isEqualTo(200);
      assertThat(get.field("key")).isEqualTo(key);
      assertThat(get.field("value")).isEqualTo(key);
    }
    Reply inBody =
        server.putJson("/api/v1/store", "{\"key\":" + quote(key) + ",\"value\":\"again\"}");
    assertThat(inBody.status()).isEqualTo(201);
    assertThat(server.get(by64).field("value")).isEqualTo("again");
    if (StorePaths.fitsPath(key)) {
      assertThat(server.get("/api/v1/store/" + encoded).field("value")).isEqualTo("again");
    } else {
      Reply path = server.get("/api/v1/store/" + encoded);
      assertThat(path.status()).isEqualTo(400);
      assertThat(path.field("detail")).contains("?key=");
    }
  }

  @Test
  void slashesMayStandAsTheyAre() throws IOException {
    server.putJson("/api/v1/store/x%2Fy%2F%2Fz", "{\"value\":1}");
    assertThat(raw("/api/v1/store/x/y//z").status()).isEqualTo(200);
    assertThat(raw("/api/v1/store/x/y/z").status()).isEqualTo(404);
    assertThat(raw("/api/v1/store/x/./y//z").status()).isEqualTo(400);
  }

  @Test
  void bytesThatAreNotEncodedStandForThemselves() throws IOException {
    server.putJson("/api/v1/store/%C3%A9", "{\"value\":1}");
    assertThat(raw("/api/v1/store/\u00c3\u00a9").json().get("key").asText()).isEqualTo("\u00e9");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/store/%ff",
        "/api/v1/store/%fe",
        "/api/v1/store/%c3",
        "/api/v1/store/%c0%af",
        "/api/v1/store/%ed%a0%80",
        "/api/v1/store/%f4%90%80%80",
        "/api/v1/store/%zz",
        "/api/v1/store/%",
        "/api/v1/store/%a",
        "/api/v1/store/a%2",
        "/api/v1/store/%+1",
        "/api/v1/store/",
        "/api/v1/store?key=",
        "/api/v1/store?key",
        "/api/v1/store?key=%ff",
        "/api/v1/store?key=%zz",
        "/api/v1/store?key64=",
        "/api/v1/store?key64=_w",
        "/api/v1/store?key64=a*",
        "/api/v1/store?key64=YR",
        "/api/v1/store?key64=YQ=",
        "/api/v1/store?key=a&key=a",
        "/api/v1/store?key=a&key64=YQ",
        "/api/v1/store?key64=YQ&key64=YQ",
        "/api/v1/store/a?key=a",
        "/api/v1/store/a?key64=YQ",
        "/api/v1/store/.",
        "/api/v1/store/..",
        "/api/v1/store/%2e",
        "/api/v1/store/%2E%2e",
        "/api/v1/store/a/../b",
        "/api/v1/store/a%2f..%2fb",
        "/api/v1/store/a/..",
        "/api/v1/replicas",
        "/api/v1/replicas?key=",
        "/api/v1/replicas?key=a&key64=YQ"
      })
  void aBadKeyIsRefusedByName(String target) throws IOException {
    Response response = raw(target);
    assertThat(response.status()).as(response.text()).isEqualTo(400);
    assertThat(response.json().get("type").asText()).isEqualTo("urn:starling:problem:bad-key");
    assertThat(response.json().get("field").asText()).startsWith("key");
  }

  @Test
  void aKeyHasAtMostAThousandAndTwentyFourBytes() {
    assertThat(server.get("/api/v1/store/" + "k".repeat(1025)).status()).isEqualTo(400);
    assertThat(server.get("/api/v1/store/" + "%C3%A9".repeat(513)).status()).isEqualTo(400);
    assertThat(server.get("/api/v1/store/" + "%C3%A9".repeat(512)).status()).isEqualTo(404);
    assertThat(
            server
                .putJson("/api/v1/store", "{\"key\":\"" + "k".repeat(1025) + "\",\"value\":1}")
                .status())
        .isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"value\":1}",
        "{\"key\":\"\",\"value\":1}",
        "{\"key\":1,\"value\":1}",
        "{\"key\":null,\"value\":1}",
        "{\"key\":\"\\ud800\",\"value\":1}",
        "{\"key\":\"\\udc00\\ud800\",\"value\":1}"
      })
  void aBadKeyInTheBodyIsRefused(String body) {
    Reply reply = server.putJson("/api/v1/store", body);
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.field("field")).isEqualTo("key");
  }

  @Test
  void aKeyInPathAndBodyIsNamedTwice() {
    String body = "{\"key\":\"a\",\"value\":1}";
    assertThat(server.putJson("/api/v1/store/a", body).status()).isEqualTo(400);
    assertThat(server.putJson("/api/v1/store?key=a", body).status()).isEqualTo(400);
    Reply delete =
        server.send(
            "DELETE", "/api/v1/store/a", "{\"key\":\"a\"}", "Content-Type", "application/json");
    assertThat(delete.status()).isEqualTo(400);
  }

  @Test
  void inAQueryPlusIsASpace() {
    server.putJson("/api/v1/store?key=p+q", "{\"value\":1}");
    assertThat(server.get("/api/v1/store/p%20q").status()).isEqualTo(200);
    assertThat(server.get("/api/v1/store/p+q").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/buckets/%2E/store/a",
        "/api/v1/buckets/../store/a",
        "/api/v1/buckets//store/a",
        "/api/v1/buckets/a%20b/store/a",
        "/api/v1/buckets/a%2Fb/store/a",
        "/api/v1/buckets/%zz/store/a",
        "/api/v1/buckets/%C3%A9/store/a",
        "/api/v1/buckets/"
      })
  void aBadBucketIsRefusedByName(String target) throws IOException {
    Response response = raw(target);
    assertThat(response.status()).as(response.text()).isEqualTo(400);
    assertThat(response.json().get("type").asText()).isEqualTo("urn:starling:problem:bad-bucket");
  }

  @Test
  void bucketsAreApartAndDefaultIsOneOfThem() {
    String longest = "B".repeat(64);
    assertThat(server.putJson("/api/v1/buckets/" + longest + "/store/q", "{\"value\":1}").status())
        .isEqualTo(201);
    assertThat(server.get("/api/v1/buckets/" + longest + "/store/q").status()).isEqualTo(200);
    assertThat(server.get("/api/v1/buckets/" + longest + "B/store/q").status()).isEqualTo(400);
    assertThat(server.get("/api/v1/store/q").status()).isEqualTo(404);
    server.putJson("/api/v1/buckets/default/store?key=q", "{\"value\":2}");
    assertThat(server.get("/api/v1/store/q").field("value")).isEqualTo("2");
    assertThat(server.get("/api/v1/buckets/a.b_c-9/store/q").status()).isEqualTo(404);
  }

  private static Response raw(String target) throws IOException {
    try (RawClient client = new RawClient(server.port)) {
      return client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n").read();
    }
  }

  private static String quote(String text) {
    try {
      return ApiServer.MAPPER.writeValueAsString(text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
