package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.runtime.http.ApiServer.Reply;

/** What counts as JSON, and what a value may be. */
class JsonInputTest {
  private static final String TARGET = "/api/v1/store/json";
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
  @ValueSource(
      strings = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-0.0",
        "1E400",
        "1e-400",
        "123456789012345678901234567890.123456789012345678901234567890",
        "\"\"",
        "\"\\u0000\\n\\/\"",
        "\"\\ud83d\\ude00 \\ud800\"",
        "\"\u00e9\ud83d\ude00\"",
        "[]",
        "{}",
        "[ 1 , 2 ]",
        "{\"z\":1,\"a\":2,\"\":3}",
        "{\"\\ud800\":1,\"\\udc00\":2,\"?\":3}",
        "{\"\\n\\u0000\":1}",
        "[[],{},[{}],null]"
      })
  void aValueComesBackLetterForLetter(String value) {
    for (String body :
        new String[] {
          "{\"value\":" + value + "}",
          " { \"value\" :\n\t" + value + " \r\n } ",
          "{\"context\":\"\",\"value\":" + value + "}",
          "{\"value\":" + value + ",\"encoding\":\"json\"}"
        }) {
      server.send("DELETE", TARGET, (byte[]) null);
      Reply put = server.putJson(TARGET, body);
      assertThat(put.status()).as(put.text()).isEqualTo(201);
      assertThat(server.get(TARGET + "?raw").text()).isEqualTo(value);
      assertThat(server.get(TARGET).text()).contains("\"value\":" + value + ",\"context\"");
      assertThat(server.get(TARGET + "?siblings=list").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "1",
        "\"a\"",
        "[1]",
        "{",
        "{\"value\"",
        "{\"value\":",
        "{\"value\":1",
        "{\"value\":1}}",
        "{\"value\":1} 2",
        "{\"value\":1}{\"value\":2}",
        "{\"value\":1,}",
        "{\"value\":01}",
        "{\"value\":+1}",
        "{\"value\":.5}",
        "{\"value\":1.}",
        "{\"value\":1e}",
        "{\"value\":-}",
        "{\"value\":0x10}",
        "{\"value\":NaN}",
        "{\"value\":Infinity}",
        "{\"value\":-Infinity}",
        "{\"value\":undefined}",
        "{\"value\":True}",
        "{\"value\":nul}",
        "{\"value\":'a'}",
        "{value:1}",
        "{\"value\":\"a}",
        "{\"value\":\"\\x\"}",
        "{\"value\":\"\\u12\"}",
        "{\"value\":\"a\nb\"}",
        "{\"value\":\"a\u0000b\"}",
        "{\"value\":[1,]}",
        "{\"value\":[1 2]}",
        "{\"value\":[1a]}",
        "{\"value\":/*c*/1}",
        "{\"value\":1 // c\n}",
        "{\"value\":1,\"value\":2}",
        "{\"value\":1,\"\\u0076alue\":2}",
        "{\"value\":{\"a\":1,\"a\":2}}",
        "{\"value\":[{\"a\":{\"b\":1,\"b\":1}}]}",
        "{\"value\":{\"a\":1,\"\\u0061\":2}}",
        "{\"value\":1,\"context\":\"\",\"context\":\"\"}",
        "{\"value\":1,\"other\":2}",
        "{\"value\":1,\"Value\":2}",
        "{\"value\":1,\"context\":null}",
        "{\"value\":1,\"context\":5}",
        "{\"value\":1,\"encoding\":\"hex\"}",
        "{\"value\":1,\"encoding\":null}",
        "{\"value\":1,\"encoding\":\"base64\"}",
        "{\"value\":\"***\",\"encoding\":\"base64\"}",
        "{\"value\":\"YQ\",\"encoding\":\"base64\",\"contentType\":\"nonsense\"}",
        "{\"value\":\"YQ\",\"encoding\":\"base64\",\"contentType\":\"a/b\\r\\nX: y\"}",
        "{\"value\":1,\"contentType\":\"image/png\"}",
        "{}",
        "{\"context\":\"\"}"
      })
  void whatIsNotAnEnvelopeIsRefused(String body) {
    Reply reply = server.putJson(TARGET, body);
    assertThat(reply.status()).as(reply.text()).isEqualTo(400);
    assertThat(reply.field("type")).isEqualTo("urn:starling:problem:bad-body");
    assertThat(reply.field("field")).isNotEmpty();
  }

  @Test
  void aValueNestsAtMostAHundredDeep() {
    assertThat(server.putJson(TARGET, nested("[", "]", 100)).status()).isEqualTo(201);
    assertThat(server.putJson(TARGET, nested("[", "]", 101)).status()).isEqualTo(400);
    assertThat(server.putJson(TARGET, nested("{\"a\":", "}", 100)).status()).isEqualTo(201);
    assertThat(server.putJson(TARGET, nested("{\"a\":", "}", 101)).status()).isEqualTo(400);
    Reply bomb = server.putJson(TARGET, "{\"value\":" + "[".repeat(500_000));
    assertThat(bomb.status()).isEqualTo(400);
    assertThat(bomb.field("field")).isEqualTo("value");
  }

  private static String nested(String open, String close, int depth) {
    return "{\"value\":" + open.repeat(depth) + "1" + close.repeat(depth) + "}";
  }

  @Test
  void longNumbersAndManyNamesAreJustBytes() {
    String digits = "1".repeat(200_000);
    assertThat(server.putJson(TARGET, "{\"value\":" + digits + "}").status()).isEqualTo(201);
    assertThat(server.get(TARGET + "?raw").text()).isEqualTo(digits);
    StringBuilder names = new StringBuilder("{\"a\":1");
    for (int i = 0; i < 50_000; i++) {
      names.append(",\"n").append(i).append("\":1");
    }
    String object = names.append('}').toString();
    assertThat(server.putJson(TARGET, "{\"value\":" + object + "}").status()).isEqualTo(201);
    assertThat(server.get(TARGET + "?raw").text()).isEqualTo(object);
  }

  @Test
  void onlyUtf8IsTaken() {
    String body = "{\"value\":1}";
    assertThat(put(body.getBytes(StandardCharsets.UTF_16BE), "application/json").status())
        .isEqualTo(400);
    assertThat(put(body.getBytes(StandardCharsets.UTF_16LE), "application/json").status())
        .isEqualTo(400);
    assertThat(put(("\ufeff" + body).getBytes(StandardCharsets.UTF_8), "application/json").status())
        .isEqualTo(400);
    byte[] latin = "{\"value\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(put(latin, "application/json").status()).isEqualTo(400);
    assertThat(put(latin, "application/json; charset=ISO-8859-1").status()).isEqualTo(415);
    assertThat(
            put(body.getBytes(StandardCharsets.UTF_8), "application/json; charset=UTF-8").status())
        .isEqualTo(201);
    assertThat(
            put(body.getBytes(StandardCharsets.UTF_8), "Application/JSON;charset=\"utf-8\"")
                .status())
        .isEqualTo(201);
  }

  @Test
  void theThreadForLargeBodiesIsThereFromTheStart() {
    long before = readers();
    try (ApiServer another = ApiServer.start()) {
      assertThat(readers()).isEqualTo(before + 1);
      assertThat(another.get("/health/live").status()).isEqualTo(200);
    }
  }

  private static long readers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("starling-json"))
        .count();
  }

  private static Reply put(byte[] body, String type) {
    return server.send("PUT", TARGET, body, "Content-Type", type);
  }

  @Test
  void aValueMayHaveAMebibyteAndNoMore() {
    String largest = "\"" + "x".repeat((1 << 20) - 2) + "\"";
    assertThat(server.putJson(TARGET, "{\"value\":" + largest + "}").status()).isEqualTo(201);
    assertThat(server.get(TARGET + "?raw").body()).hasSize(1 << 20);
    Reply tooLarge = server.putJson(TARGET, "{\"value\":" + largest.replace("\"x", "\"xx") + "}");
    assertThat(tooLarge.status()).isEqualTo(413);
    byte[] raw = new byte[1 << 20];
    assertThat(put(raw, "application/octet-stream").status()).isEqualTo(201);
    assertThat(put(new byte[(1 << 20) + 1], "application/octet-stream").status()).isEqualTo(413);
    String base64 = Base64.getEncoder().encodeToString(raw);
    assertThat(
            server
                .putJson(TARGET, "{\"encoding\":\"base64\",\"value\":\"" + base64 + "\"}")
                .status())
        .isEqualTo(201);
    assertThat(server.get(TARGET).field("value")).isEqualTo(base64);
  }
}
