package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ValuesTest {
  @Test
  void keysAreCheckedBeforeAnythingIsSent() {
    for (String bad :
        List.of("", "k".repeat(1025), "é".repeat(513), "a\ud800", "\udc00b", "\ud83d\ud83d")) {
      assertThatThrownBy(() -> Key.of(bad))
          .isInstanceOfSatisfying(
              InvalidRequestException.class, e -> assertThat(e.field()).contains("key"));
    }
    assertThat(Key.of("é".repeat(512)).utf8()).hasSize(1024);
    assertThat(Key.of("a/../\0").text()).isEqualTo("a/../\0");
  }

  @Test
  void textThatCouldEndAHeaderIsRejected() {
    assertThatThrownBy(() -> new Context("a\r\nX: y")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Etag("\"a\r\n\"")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Etag("\"a\"b\"")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Body.of(new byte[0], "text/plain\r\nX: y"))
        .isInstanceOf(IllegalArgumentException.class);
    Options.Put options = new Options.Put();
    for (String key : List.of("", "a b", "a\n", "é", "k".repeat(129))) {
      assertThatThrownBy(() -> options.idempotencyKey(key))
          .isInstanceOf(InvalidRequestException.class);
    }
  }

  @Test
  void optionsOutOfRangeAreRejected() {
    assertThatThrownBy(() -> Quorum.of(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Retries.of(0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Retries.of(1, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Behavior.DEFAULT.deadline(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Behavior.DEFAULT.deadline(Duration.ofSeconds(61)))
        .isInstanceOf(IllegalArgumentException.class);
    for (Duration ttl : List.of(Duration.ZERO, Duration.ofMillis(1500), Duration.ofDays(3651))) {
      assertThatThrownBy(() -> new Options.Put().ttl(ttl))
          .isInstanceOf(InvalidRequestException.class);
    }
    for (String endpoint :
        List.of("", "host", "host:", "host:0", "host:65536", "::1:80", "a b:1")) {
      assertThatThrownBy(() -> Starling.builder().endpoints(endpoint))
          .as(endpoint)
          .isInstanceOf(InvalidRequestException.class);
    }
    assertThat(Endpoint.parse("[::1]:80")).hasToString("[::1]:80");
    assertThatThrownBy(() -> Starling.builder().build())
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> Starling.builder().maxInFlightPerNode(0))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void aReadingHasThreeCases() {
    Reading.Origin origin =
        new Reading.Origin("b", Key.of("k"), new Context("c"), null, Attempts.NONE);
    Reading.Cases<String, String> cases =
        new Reading.Cases<>(
            found -> "found " + found.value(),
            siblings -> "siblings " + siblings.values(),
            absent -> "absent");
    Version<String> a = new Version<>("a", "text/plain", null);
    Version<String> b = new Version<>("b", "text/plain", null);
    Reading<String> siblings = new Reading.Siblings<>(origin, List.of(a, b), null);
    assertThat(new Reading.Found<>(origin, a).match(cases)).isEqualTo("found a");
    assertThat(siblings.match(cases)).isEqualTo("siblings [a, b]");
    Reading<String> absent = new Reading.Absent<>(origin, true);
    assertThat(absent.match(cases)).isEqualTo("absent");
    assertThatThrownBy(absent::value).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(siblings::orNull)
        .isInstanceOfSatisfying(
            UnresolvedException.class,
            e -> {
              assertThat(e.siblings().toString()).isEqualTo("[a, b]");
              assertThat(e.context()).contains(new Context("c"));
            });
    assertThat(new Reading.Siblings<>(origin, List.of(a, b), "ab").value()).isEqualTo("ab");
  }

  @Test
  void textReadsJsonStringsAndRejectsWhatIsNoText() throws Exception {
    Codec<String> text = Codecs.text();
    assertThat(text.decode(text.encode("é🐦"))).isEqualTo("é🐦");
    assertThat(text.decode(Body.of(bytes("\"a\\nb\""), "application/json"))).isEqualTo("a\nb");
    assertThat(text.decode(Body.of(bytes("[1.0]"), "application/json"))).isEqualTo("[1.0]");
    assertThatThrownBy(() -> text.encode("\ud800")).isInstanceOf(Exception.class);
    assertThatThrownBy(() -> text.decode(Body.of(new byte[] {(byte) 0xff}, Body.BYTES)))
        .isInstanceOf(Exception.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void siblingsKeepTheExactTextOfJson() throws Exception {
    String answer =
        "{\"key\":\"k\",\"siblings\":[{\"value\":1.50},{\"value\":-7 ,\"expires\":"
            + "\"2030-01-01T00:00:00Z\"},{\"value\": {\"a\" : [1, \"}]\"]} },{\"value\":\"x\\\"y\"},"
            + "{\"value\":null},{\"value\":true},{\"value\":\"AQI=\",\"encoding\":\"base64\","
            + "\"contentType\":\"image/png\"},{\"encoding\":\"base64\",\"value\":\"Aw==\"}],"
            + "\"context\":\"c\"}";
    List<Json.Raw> siblings = Json.siblings(bytes(answer));
    assertThat(siblings.subList(0, 6))
        .extracting(raw -> raw.body().text())
        .containsExactly("1.50", "-7", "{\"a\" : [1, \"}]\"]}", "\"x\\\"y\"", "null", "true");
    assertThat(siblings.get(1).expires()).isEqualTo("2030-01-01T00:00:00Z");
    assertThat(siblings.get(6).body().bytes()).containsExactly(1, 2);
    assertThat(siblings.get(6).body().contentType()).isEqualTo("image/png");
    assertThat(siblings.get(7).body().bytes()).containsExactly(3);
    assertThatThrownBy(() -> Json.siblings(bytes("{\"siblings\":[{\"value\":1}]}")))
        .isInstanceOf(java.io.IOException.class);
    for (int cut = 1; cut < answer.length() - 20; cut += 7) {
      byte[] part = Arrays.copyOf(bytes(answer), cut);
      assertThatThrownBy(() -> Json.siblings(part)).isInstanceOf(java.io.IOException.class);
    }
  }

  @Test
  void aCodecMakesOneJsonValue() {
    for (String bad : List.of("", "1 2", "1,\"ttlSeconds\":1", "{", "nope", "1}")) {
      assertThatThrownBy(() -> Json.requireOneValue(bytes(bad)))
          .as(bad)
          .isInstanceOf(Exception.class);
      Codec<String> json = Codecs.json(ValuesTest::bytes, read -> "");
      assertThatThrownBy(() -> json.encode(bad)).as(bad).isInstanceOf(Exception.class);
    }
  }

  @Test
  void aSessionKeepsTheKeysThatWereUsedLast() {
    Session session = new Session();
    for (int i = 0; i < Session.MAX_KEYS; i++) {
      session.saw("b", "k" + i, new Context("c" + i), null, true);
    }
    assertThat(session.seen("b", "k0")).isNotNull();
    session.saw("b", "more", new Context("c"), null, true);
    assertThat(session.seen("b", "k0")).as("used last").isNotNull();
    assertThat(session.seen("b", "k1")).as("used least recently").isNull();
    Session continued = Session.of(session.token());
    assertThat(continued.seen("b", "k0").context()).isEqualTo(new Context("c0"));
    assertThat(continued.seen("b", "k1")).isNull();
    continued.saw("b", "next", new Context("c"), null, true);
    assertThat(continued.seen("b", "k2")).as("the order of use travels, too").isNull();
  }

  @Test
  void aReadThatAWriteOvertookDoesNotTakeASessionBack() {
    Session session = new Session();
    session.saw("b", "k", new Context("c1"), null, true);
    Session.Seen before = session.seen("b", "k");
    session.saw("b", "k", new Context("c2"), before, true);
    session.saw("b", "k", new Context("old"), before, false);
    assertThat(session.seen("b", "k").context()).isEqualTo(new Context("c2"));
  }

  @Test
  void whatIsNoTokenIsRejected() {
    String token = tokenOf("k");
    byte[] bytes = Base64.getUrlDecoder().decode(token);
    for (int length = 0; length < bytes.length; length++) {
      String cut = Base64.getUrlEncoder().encodeToString(Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> Session.of(cut)).isInstanceOf(InvalidRequestException.class);
    }
    assertThatThrownBy(() -> Session.of("#")).isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> Session.of(token + "AAAA"))
        .isInstanceOf(InvalidRequestException.class);
  }

  private static String tokenOf(String key) {
    Session session = new Session();
    session.saw("b", key, new Context("abc"), null, true);
    return session.token();
  }

  @Test
  void resolversMakeOneValue() {
    assertThat(Resolver.<String>union().resolve(List.of(Set.of("a"), Set.of("b"))))
        .containsExactlyInAnyOrder("a", "b");
    assertThat(
            Resolver.<Integer>largest(java.util.Comparator.naturalOrder())
                .resolve(List.of(1, 3, 2)))
        .isEqualTo(3);
    assertThat(Resolver.<Integer>merging(Integer::sum).resolve(List.of(1, 3, 2))).isEqualTo(6);
  }
}
