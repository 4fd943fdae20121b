package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The reader of JSON bodies: what it takes, what it makes of it, and what that costs. */
class JsonBodiesTest {
  private static final JsonFactory STRICT =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(JsonBodies.MAX_DEPTH + 1).build())
          .build();

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean taken(byte[] body) {
    try {
      JsonBodies.read(body, (name, value) -> {});
      return true;
    } catch (RequestRejected e) {
      return false;
    }
  }

  /** Whether another parser finds one object without a name that comes twice. */
  private static boolean isObject(byte[] body) {
    try (JsonParser parser = STRICT.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void itTakesWhatAnotherStrictParserTakes() {
    Random random = new Random(17);
    int taken = 0;
    for (int i = 0; i < 40_000; i++) {
      StringBuilder text = new StringBuilder();
      object(random, text, 0);
      byte[] body = utf8(text.toString());
      for (int edits = random.nextInt(3); edits > 0; edits--) {
        body = edited(random, body);
      }
      boolean expected = isObject(body);
      assertThat(taken(body)).as(new String(body, StandardCharsets.UTF_8)).isEqualTo(expected);
      taken += expected ? 1 : 0;
    }
    assertThat(taken).isBetween(4_000, 36_000);
  }

  private static byte[] edited(Random random, byte[] body) {
    String signs = " \t\n{}[]\",:\\/-+.0123456789eEtrufalsn\u0001x";
    int at = random.nextInt(body.length);
    char sign = signs.charAt(random.nextInt(signs.length()));
    String text = new String(body, StandardCharsets.ISO_8859_1);
    String edited =
        switch (random.nextInt(3)) {
          case 0 -> text.substring(0, at) + text.substring(at + 1) + "";
          case 1 -> text.substring(0, at) + sign + text.substring(at);
          default -> text.substring(0, at) + sign + text.substring(at + 1);
        };
    byte[] bytes = edited.getBytes(StandardCharsets.ISO_8859_1);
    return new String(bytes, StandardCharsets.UTF_8).indexOf('\ufffd') >= 0 || bytes.length == 0
        ? body
        : bytes;
  }

  private static void object(Random random, StringBuilder text, int depth) {
    text.append('{');
    int fields = random.nextInt(depth == 0 ? 14 : 4);
    for (int i = 0; i < fields; i++) {
      text.append(i == 0 ? "" : random.nextBoolean() ? "," : " ,\n");
      string(random, text);
      text.append(random.nextBoolean() ? ":" : " : ");
      value(random, text, depth + 1);
    }
    text.append('}');
  }

  private static void value(Random random, StringBuilder text, int depth) {
    switch (random.nextInt(depth > 4 ? 5 : 7)) {
      case 0 -> text.append(new String[] {"true", "false", "null"}[random.nextInt(3)]);
      case 1 -> text.append(random.nextInt(2_000) - 1_000);
      case 2 -> text.append(random.nextInt(100)).append(".5e").append(random.nextInt(20) - 10);
      case 3 -> text.append("-0");
      case 4 -> string(random, text);
      case 5 -> object(random, text, depth);
      default -> {
        text.append('[');
        int elements = random.nextInt(4);
        for (int i = 0; i < elements; i++) {
          text.append(i == 0 ? " " : " , ");
          value(random, text, depth + 1);
        }
        text.append(']');
      }
    }
  }

  private static void string(Random random, StringBuilder text) {
    String[] pieces = {
      "a",
      "b",
      "\\u0061",
      "\\n",
      "\\\"",
      "\\\\",
      "\\/",
      "\u00e9",
      "\\u00e9",
      "\ud83d\ude00",
      "{",
      "z"
    };
    text.append('"');
    for (int i = random.nextInt(4); i > 0; i--) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    text.append('"');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '`',
      value = {
        "a \\u0061",
        "\u00e9 \\u00E9",
        "\ud83d\ude00 \\ud83d\\ude00",
        "\\ud800 \\uD800",
        "\\n \\u000a",
        "\\/ /",
        "\\\" \\u0022",
        "\\ud83dx \\uD83D\\u0078"
      })
  void namesThatMeanTheSameAreOneHoweverManyThereAre(String one, String other) {
    for (int more : new int[] {0, 5, 7, 8, 9, 40, 3_000}) {
      StringBuilder between = new StringBuilder();
      for (int i = 0; i < more; i++) {
        between.append(",\"\\u0061").append(i).append("\":{\"").append(one).append("\":0}");
      }
      String object = "{\"" + one + "\":1" + between + ",\"%s\":2}";
      for (String before : new String[] {"", "\"x\":[],"}) {
        String body = "{" + before + "\"value\":" + object + "}";
        byte[] twice = utf8(body.formatted(other));
        assertThatThrownBy(() -> JsonBodies.read(twice, (name, value) -> {}))
            .isInstanceOf(RequestRejected.class)
            .hasMessageContaining("twice");
        assertThat(taken(utf8(body.formatted(other + "y")))).isTrue();
      }
    }
  }

  @Test
  void surrogatesThatAreNoPairAreNamesOfTheirOwn() {
    assertThat(
            taken(
                utf8(
                    "{\"\\ud83d\":1,\"\\ude00\":2,\"\\ude00\\ud83d\":3,\"\\ud83d\\ude00\":4,"
                        + "\"\\ud83d\\ud83d\":5,\"?\":6,\"\\ufffd\":7}")))
        .isTrue();
  }

  @Test
  void aFieldIsUnderstoodWhereItIsAskedFor() {
    List<String> seen = new ArrayList<>();
    byte[] body =
        utf8(
            " {\"a\\u0062\" : \"\u00e9\\ud83d\\ude00\\n\\ud800x\" , \"n\":123456789,\"long\":1234567890,"
                + "\"minus\":-1,\"real\":1.0,\"null\":null,\"o\":{ \"x\" : [ 1 ] } } ");
    JsonBodies.read(
        body,
        (name, value) ->
            seen.add(
                name
                    + "="
                    + (value.isString()
                        ? value.string(name)
                        : value.wholeNumber()
                            + (value.isNull() ? "!" : "")
                            + new String(value.bytes(), StandardCharsets.UTF_8))));
    assertThat(seen)
        .containsExactly(
            "ab=\u00e9\ud83d\ude00\n\ud800x",
            "n=123456789123456789",
            "long=-11234567890",
            "minus=-1-1",
            "real=-11.0",
            "null=-1!null",
            "o=-1{ \"x\" : [ 1 ] }");
  }

  @Test
  void anErrorSaysWhereItIs() {
    assertThatThrownBy(() -> JsonBodies.envelope(utf8("{\"value\":[1,}")))
        .hasMessage("the body is not valid JSON: '}' at offset 12 is unexpected");
    assertThatThrownBy(() -> JsonBodies.envelope(utf8("{\"value\":\"a\tb\"}")))
        .hasMessage("the body is not valid JSON: byte 9 at offset 11 is unexpected");
    assertThatThrownBy(() -> JsonBodies.envelope(utf8("{\"value\":[1,")))
        .hasMessage("the body is not valid JSON: it ends too early");
  }

  @Test
  void namesThatCollideElsewhereCostNoMoreThanOthers() {
    byte[] ordinary = LargeBodies.of(LargeBodies.ordinaryNames());
    List<byte[]> chosen =
        List.of(
            LargeBodies.of(LargeBodies.namesOfOneStringHash()),
            LargeBodies.of(LargeBodies.namesOfOneQuadHash()));
    for (int i = 0; i < 5; i++) {
      cost(ordinary);
    }
    long usual = Math.min(cost(ordinary), cost(ordinary));
    for (byte[] body : chosen) {
      long least = Math.min(cost(body), Math.min(cost(body), cost(body)));
      assertThat(least).isLessThan(5 * usual + 20_000_000);
    }
  }

  private static long cost(byte[] body) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    assertThat(taken(body)).isTrue();
    return threads.getCurrentThreadCpuTime() - before;
  }
}
