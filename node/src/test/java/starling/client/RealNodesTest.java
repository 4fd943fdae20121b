package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import starling.node.main.LocalNodes;

/** The client against real nodes. */
class RealNodesTest {
  private static LocalNodes nodes;
  private static Starling starling;

  @BeforeAll
  static void start() {
    nodes = LocalNodes.start(3);
    // The machine may run other tests: an answer counts here, not its time.
    starling = Starling.builder().endpoints(nodes.http().get(0)).behavior(Behavior.PATIENT).build();
  }

  @AfterAll
  static void stop() {
    starling.close();
    nodes.close();
  }

  private static BlockingBucket<String> texts(String bucket) {
    return starling.bucket(bucket, Codecs.text()).blocking();
  }

  @Test
  void aValueComesBackWithItsType() {
    BlockingBucket<String> bucket = texts("types");
    Written written = bucket.put("k", "Ada");
    assertThat(written.etag()).isPresent();
    Reading<String> reading = bucket.get("k");
    assertThat(reading).isInstanceOf(Reading.Found.class);
    assertThat(reading.value()).isEqualTo("Ada");
    assertThat(reading.contentType()).contains("text/plain; charset=utf-8");
    assertThat(reading.attempts().list()).hasSize(1);
    assertThat(reading.attempts().list().get(0).status()).isEqualTo(200);
  }

  @Test
  void jsonIsStoredAsItWasWritten() {
    Codec<String> json =
        Codecs.json(
            text -> text.getBytes(StandardCharsets.UTF_8),
            bytes -> new String(bytes, StandardCharsets.UTF_8));
    BlockingBucket<String> bucket = starling.bucket("json", json).blocking();
    String text = "{\"b\":1.50, \"a\":[true,null,\"\\u00e9 }\"]}";
    bucket.put("k", text);
    assertThat(bucket.get("k").value()).isEqualTo(text);
    assertThat(bucket.get("k").contentType()).contains("application/json");
    assertThatThrownBy(() -> bucket.put("k", "1,\"context\":\"\""))
        .as("a codec cannot add fields to the request")
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void nothingIsAValueOfItsOwn() {
    BlockingBucket<String> bucket = texts("absent");
    Reading<String> never = bucket.get("never");
    assertThat(never).isInstanceOf(Reading.Absent.class);
    assertThat(((Reading.Absent<String>) never).deleted()).isFalse();
    bucket.put("k", "v");
    bucket.delete("k");
    Reading<String> gone = bucket.get("k");
    assertThat(((Reading.Absent<String>) gone).deleted()).isTrue();
    assertThat(gone.context().text()).isNotEmpty();
    assertThat(gone.orElse("other")).isEqualTo("other");
  }

  @Test
  void aKeyThatIsWrittenMoreOftenThanNodesRememberWritesIsWrittenAllTheSame() {
    try (Starling own = Starling.connect(nodes.http().toArray(String[]::new))) {
      BlockingBucket<String> bucket = own.bucket("hot", Codecs.text()).blocking();
      int rejected = 0;
      for (int i = 0; i < 270; i++) {
        Written written = bucket.put("k", "v" + i);
        rejected += (int) written.attempts().list().stream().filter(a -> a.status() == 429).count();
      }
      assertThat(rejected).as("the client notes such a key").isOne();
      assertThat(bucket.get("k").value()).isEqualTo("v269");
    }
  }

  @Test
  void siblingsAreShownAndAWriteOfTheReadingReplacesThem() {
    BlockingBucket<String> bucket = texts("siblings");
    bucket.put("k", "a", o -> o.replacing(Context.NOTHING_SEEN));
    bucket.put("k", "b", o -> o.replacing(Context.NOTHING_SEEN));
    Codec<String> json =
        Codecs.json(
            text -> text.getBytes(StandardCharsets.UTF_8),
            bytes -> new String(bytes, StandardCharsets.UTF_8));
    starling
        .bucket("siblings", json)
        .blocking()
        .put("k", "[1.0, \"x}\"]", o -> o.replacing(Context.NOTHING_SEEN));
    Reading<String> reading = bucket.get("k");
    assertThat(reading).isInstanceOf(Reading.Siblings.class);
    assertThat(reading.values()).containsExactlyInAnyOrder("a", "b", "[1.0, \"x}\"]");
    assertThatThrownBy(reading::value)
        .isInstanceOfSatisfying(
            UnresolvedException.class, e -> assertThat(e.siblings()).hasSize(3));
    bucket.put(reading, "c");
    assertThat(bucket.get("k").value()).isEqualTo("c");
  }

  @Test
  void aResolverMakesAValueOfSiblingsAndUpdateWritesIt() {
    Bucket<Set<String>> sets =
        starling
            .bucket(
                "resolved",
                Codecs.<Set<String>>json(
                    set -> ("\"" + String.join(",", set) + "\"").getBytes(StandardCharsets.UTF_8),
                    bytes -> {
                      String text = new String(bytes, StandardCharsets.UTF_8).replace("\"", "");
                      return new java.util.TreeSet<>(List.of(text.split(",")));
                    }))
            .resolving(Resolver.union());
    BlockingBucket<Set<String>> bucket = sets.blocking();
    bucket.put("k", Set.of("a"), o -> o.replacing(Context.NOTHING_SEEN));
    bucket.put("k", Set.of("b"), o -> o.replacing(Context.NOTHING_SEEN));
    Reading<Set<String>> before = bucket.get("k");
    assertThat(before).isInstanceOf(Reading.Siblings.class);
    assertThat(before.value()).containsExactlyInAnyOrder("a", "b");
    Reading<Set<String>> after = bucket.update("k", set -> set);
    assertThat(after).as("siblings are replaced").isInstanceOf(Reading.Found.class);
    Reading<Set<String>> stored = bucket.get("k");
    assertThat(stored).isInstanceOf(Reading.Found.class);
    assertThat(stored.value()).containsExactlyInAnyOrder("a", "b");
    bucket.update("k", set -> set);
    assertThat(bucket.get("k").etag()).as("an equal value is not written").isEqualTo(stored.etag());
  }

  @Test
  void createAndConditionsSayWhatIsThere() {
    BlockingBucket<String> bucket = texts("conditions");
    Written first = bucket.create("k", "1");
    assertThatThrownBy(() -> bucket.create("k", "2"))
        .isInstanceOfSatisfying(
            AlreadyExistsException.class,
            e -> {
              assertThat(e.outcome()).isEqualTo(StarlingException.Outcome.NOTHING_WRITTEN);
              assertThat(e.requestId()).isPresent();
              assertThat(e.attempts().list()).hasSize(1);
            });
    bucket.put("k", "3", o -> o.ifMatch(first.etag().orElseThrow()));
    assertThatThrownBy(() -> bucket.put("k", "4", o -> o.ifMatch(first.etag().orElseThrow())))
        .isInstanceOf(ConditionFailedException.class);
    assertThat(bucket.get("k").value()).isEqualTo("3");
  }

  @Test
  void everyKeyIsAddressedAsItIs() {
    BlockingBucket<String> bucket = texts("keys");
    for (String key :
        List.of(
            "a/b",
            "..",
            ".",
            "a/../b",
            "/",
            "//",
            "\0",
            "a\0b",
            "%2F",
            "a b+c",
            "ключ",
            "🐦",
            "?x=1&y",
            "#",
            "k".repeat(1024))) {
      bucket.put(key, key);
      assertThat(bucket.get(key).value()).isEqualTo(key);
      bucket.delete(key);
      assertThat(bucket.get(key)).isInstanceOf(Reading.Absent.class);
    }
  }

  @Test
  void aSessionReadsItsWritesAndGoesOnInAnotherProcess() {
    Session session = starling.session();
    BlockingBucket<String> bucket =
        starling.bucket("sessions", Codecs.text()).in(session).blocking();
    bucket.put("k", "1");
    bucket.put("k", "2");
    assertThat(bucket.get("k").value()).isEqualTo("2");
    try (Starling other = Starling.connect(nodes.http().get(1)).with(Behavior.PATIENT)) {
      Session continued = other.session(session.token());
      BlockingBucket<String> there =
          other.bucket("sessions", Codecs.text()).in(continued).blocking();
      assertThat(there.get("k").value()).isEqualTo("2");
      there.put("k", "3");
    }
    assertThat(bucket.get("k").value()).isEqualTo("3");
  }

  @Test
  void quorumsAndDurabilityOfABehaviorAreSent() {
    BlockingBucket<String> bucket =
        starling
            .with(
                Behavior.PATIENT
                    .r(Quorum.ONE)
                    .pr(Quorum.of(0))
                    .w(Quorum.ALL)
                    .pw(Quorum.of(1))
                    .durability(Durability.REPLICATED))
            .bucket("behaviors", Codecs.text())
            .blocking();
    bucket.put("k", "v");
    assertThat(bucket.get("k").value()).isEqualTo("v");
    assertThatThrownBy(
            () ->
                texts("behaviors")
                    .async()
                    .with(Behavior.DEFAULT.w(Quorum.of(9)))
                    .blocking()
                    .put("k", "v"))
        .isInstanceOfSatisfying(
            InvalidRequestException.class, e -> assertThat(e.field()).contains("w"));
  }

  @Test
  void ownIdempotencyKeysMakeOneWriteOfTwoCalls() {
    BlockingBucket<String> bucket = texts("idempotent");
    Written one = bucket.put("k", "v", o -> o.idempotencyKey("once"));
    Written two = bucket.put("k", "v", o -> o.idempotencyKey("once"));
    assertThat(two.context()).isEqualTo(one.context());
    assertThatThrownBy(() -> bucket.put("k", "w", o -> o.idempotencyKey("once")))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void manyCallsAtOnceAllEnd() {
    Bucket<String> bucket = starling.bucket("many", Codecs.text());
    CompletableFuture<?>[] puts = new CompletableFuture<?>[500];
    for (int i = 0; i < puts.length; i++) {
      String text = Integer.toString(i);
      puts[i] = bucket.put(text, text).thenCompose(done -> bucket.get(text));
    }
    CompletableFuture.allOf(puts).join();
    for (int i = 0; i < puts.length; i++) {
      assertThat(((Reading<?>) puts[i].join()).value()).isEqualTo(Integer.toString(i));
    }
  }

  @Test
  void theJdkTransportDoesTheSame() {
    try (Starling jdk =
        Starling.builder()
            .endpoints(nodes.http().get(2))
            .behavior(Behavior.PATIENT)
            .transport(Transport.jdk())
            .build()) {
      BlockingBucket<String> bucket = jdk.bucket("jdk", Codecs.text()).blocking();
      bucket.put("a/..", "v");
      assertThat(bucket.get("a/..").value()).isEqualTo("v");
      bucket.delete("a/..");
      assertThat(bucket.get("a/..")).isInstanceOf(Reading.Absent.class);
    }
  }

  @Test
  void theClusterIsDescribed() {
    assertThat(starling.cluster().members().join())
        .extracting(Cluster.Member::name)
        .containsExactlyInAnyOrder("n1", "n2", "n3");
    assertThat(starling.cluster().ring().join().partitions()).isEqualTo(64);
    starling.cluster().ready().join();
  }

  @Test
  void aBucketAndTheTasksAreDescribed() {
    assertThat(texts("described").properties())
        .isEqualTo(
            new BucketProperties(
                3,
                Quorum.QUORUM,
                Quorum.QUORUM,
                Quorum.of(0),
                Quorum.of(0),
                Durability.SYNCED,
                Duration.ofSeconds(3),
                BucketProperties.Conflict.SIBLINGS,
                null));
    assertThatThrownBy(() -> starling.cluster().tasks().join())
        .cause()
        .isInstanceOfSatisfying(
            InvalidRequestException.class, e -> assertThat(e.kind()).isEqualTo("not-built"))
        .hasMessageContaining("not built yet");
  }
}
