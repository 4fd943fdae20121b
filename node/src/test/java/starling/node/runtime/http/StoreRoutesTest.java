package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import starling.node.runtime.http.ApiServer.Reply;

/** The routes of the store, as a client sees them. */
class StoreRoutesTest {
  private static ApiServer server;

  @BeforeAll
  static void start() {
    server = ApiServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void whatIsPutIsFound() {
    Reply put = server.putJson("/api/v1/store/a", "{\"value\":{\"x\":1}}");
    assertThat(put.status()).isEqualTo(201);
    assertThat(put.field("message")).isEqualTo("stored");
    assertThat(put.field("key")).isEqualTo("a");
    assertThat(put.field("context")).isNotEmpty().isEqualTo(put.header("X-Starling-Context"));

    Reply get = server.get("/api/v1/store/a");
    assertThat(get.status()).isEqualTo(200);
    assertThat(get.header("Content-Type")).isEqualTo("application/json");
    assertThat(get.header("Cache-Control")).isEqualTo("no-store");
    assertThat(get.header("X-Starling-Context")).isEqualTo(get.field("context"));
    assertThat(get.text())
        .isEqualTo(
            "{\"message\":\"found\",\"key\":\"a\",\"value\":{\"x\":1},\"context\":\""
                + get.field("context")
                + "\"}");
  }

  @Test
  void aDeletedKeyIsMissingAndItsContextCoversTheTombstone() {
    assertThat(server.get("/api/v1/store/d").json().has("deleted")).isFalse();
    server.putJson("/api/v1/store/d", "{\"value\":1}");
    Reply delete = server.send("DELETE", "/api/v1/store/d", (byte[]) null);
    assertThat(delete.status()).isEqualTo(204);
    assertThat(delete.header("X-Starling-Context")).isNotEmpty();
    assertThat(delete.body()).isEmpty();
    Reply get = server.get("/api/v1/store/d");
    assertThat(get.status()).isEqualTo(404);
    assertThat(get.field("message")).isEqualTo("not found");
    assertThat(get.field("key")).isEqualTo("d");
    assertThat(get.json().get("deleted").asBoolean()).isTrue();
    assertThat(get.field("context")).isNotEmpty().isEqualTo(get.header("X-Starling-Context"));
  }

  @Test
  void siblingsAreThreeHundredAndAListOnDemand() {
    server.putJson("/api/v1/store/s", "{\"value\":1}");
    server.putJson("/api/v1/store/s", "{\"value\":2,\"context\":\"\"}");
    Reply get = server.get("/api/v1/store/s");
    assertThat(get.status()).isEqualTo(300);
    assertThat(get.json().get("siblings")).hasSize(2);
    assertThat(get.json().has("value")).isFalse();
    Reply list = server.get("/api/v1/store/s?siblings=list");
    assertThat(list.status()).isEqualTo(200);
    assertThat(list.json().get("siblings")).hasSize(2);
    Reply merged =
        server.putJson(
            "/api/v1/store/s", "{\"value\":3,\"context\":\"" + get.field("context") + "\"}");
    assertThat(merged.status()).isEqualTo(201);
    assertThat(server.get("/api/v1/store/s").status()).isEqualTo(200);
    Reply one = server.get("/api/v1/store/s?siblings=list");
    assertThat(one.json().get("siblings")).hasSize(1);
    assertThat(one.json().get("siblings").get(0).toString())
        .isEqualTo(
            "{\"value\":3,\"encoding\":\"json\",\"contentType\":\"application/json\",\"expires\":null}");
  }

  @Test
  void rawValuesComeBackWithTheirType() {
    byte[] bytes = {0, 1, 2, (byte) 0xff};
    Reply put =
        server.send("PUT", "/api/v1/store/raw", bytes, "Content-Type", "image/png; x=\"1\"");
    assertThat(put.status()).isEqualTo(201);
    Reply raw = server.get("/api/v1/store/raw?raw");
    assertThat(raw.body()).isEqualTo(bytes);
    assertThat(raw.header("Content-Type")).isEqualTo("image/png; x=\"1\"");
    assertThat(server.get("/api/v1/store/raw", "Accept", "image/png").body()).isEqualTo(bytes);
    assertThat(server.get("/api/v1/store/raw", "Accept", "image/gif").status()).isEqualTo(406);
    Reply envelope = server.get("/api/v1/store/raw", "Accept", "*/*");
    assertThat(envelope.field("value")).isEqualTo("AAEC/w==");
    assertThat(envelope.field("encoding")).isEqualTo("base64");
    assertThat(envelope.field("contentType")).isEqualTo("image/png; x=\"1\"");
    server.putJson("/api/v1/store/raw2", "{\"encoding\":\"base64\",\"value\":\"AAEC\\/w==\"}");
    assertThat(server.get("/api/v1/store/raw2?raw").body()).isEqualTo(bytes);
  }

  @Test
  void aClientThatOffersHttp2IsServedInHttp1() throws Exception {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> put =
          client.send(
              HttpRequest.newBuilder(server.uri("/api/v1/store/h2"))
                  .header("Content-Type", "application/json")
                  .PUT(HttpRequest.BodyPublishers.ofString("{\"value\":" + i + "}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(put.statusCode()).isEqualTo(201);
      assertThat(put.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }
    assertThat(server.get("/api/v1/store/h2").field("value")).isEqualTo("2");
  }

  @Test
  void aBodyInChunksIsABodyToo() throws IOException {
    try (RawClient client = new RawClient(server.port)) {
      client.send(
          String.join(
              "\r\n",
              "PUT /api/v1/store/chunks HTTP/1.1",
              "Host: x",
              "Content-Type: application/json",
              "Transfer-Encoding: chunked",
              "",
              ""));
      for (char c : "{\"value\":[1,2,3]}".toCharArray()) {
        client.send("1\r\n" + c + "\r\n");
      }
      assertThat(client.send("0\r\n\r\n").read().status()).isEqualTo(201);
      client.send("GET /api/v1/store/chunks?raw HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().text()).isEqualTo("[1,2,3]");
    }
  }

  @Test
  void jsonComesBackWithItsDigitsAndItsOrder() {
    String value =
        "{\"b\": 1.10, \"a\":100000000000000000000000000000.0e+00, \"\\u00e9\":\"\\ud800\", \"z\":[ -0 ]}";
    Reply put = server.putJson("/api/v1/store/digits", "{ \"value\" :  " + value + "  }");
    assertThat(put.status()).isEqualTo(201);
    assertThat(server.get("/api/v1/store/digits").text()).contains("\"value\":" + value + ",");
    Reply raw = server.get("/api/v1/store/digits", "Accept", "text/plain");
    assertThat(new String(raw.body(), StandardCharsets.UTF_8)).isEqualTo(value);
    assertThat(raw.header("Content-Type")).isEqualTo("application/json");
  }
}
