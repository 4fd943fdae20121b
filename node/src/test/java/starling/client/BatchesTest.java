package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import starling.node.main.LocalNodes;

/** Many keys with one request, against a real node. */
class BatchesTest {
  private static LocalNodes nodes;
  private static Starling starling;

  @BeforeAll
  static void start() {
    nodes = LocalNodes.start(1, "buckets.default.n=1");
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
  void eachOperationHasItsResultInOrder() {
    BlockingBucket<String> bucket = texts("mixed");
    Written old = bucket.put("stale", "1");
    Reading<String> seen = bucket.get("stale");
    bucket.delete("stale");
    bucket.put("siblings", "a", o -> o.replacing(Context.NOTHING_SEEN));
    bucket.put("siblings", "b", o -> o.replacing(Context.NOTHING_SEEN));
    List<Result<?>> results =
        bucket.batch(
            b ->
                b.put("a/..", "x")
                    .get("never")
                    .get("stale")
                    .get("siblings")
                    .delete("gone")
                    .put(seen, "2"));
    assertThat(results).hasSize(6);
    assertThat(((Written) results.get(0).get()).etag()).isPresent();
    assertThat(results.get(1).get()).isInstanceOf(Reading.Absent.class);
    assertThat(((Reading.Absent<?>) results.get(2).get()).deleted()).isTrue();
    assertThat(((Reading<?>) results.get(3).get()).values()).asString().contains("a", "b");
    assertThat(results.get(4).get()).isInstanceOf(Written.class);
    assertThat(((Written) results.get(5).get()).context()).isNotEqualTo(old.context());
    assertThat(bucket.get("a/..").value()).isEqualTo("x");
    assertThat(bucket.get("a/..").contentType()).contains("text/plain; charset=utf-8");
  }

  @Test
  void oneOperationFailsAloneWithItsReason() {
    Reading<String> foreign =
        new Reading.Absent<>(
            new Reading.Origin(
                "alone", Key.of("k"), new Context("bm90LW91cnM"), null, Attempts.NONE),
            false);
    List<Result<?>> results = texts("alone").batch(b -> b.put(foreign, "v").put("ok", "v"));
    assertThat(results.get(0))
        .isInstanceOfSatisfying(
            Result.Failed.class,
            failed -> {
              assertThat(failed.failure()).isInstanceOf(InvalidRequestException.class);
              assertThat(failed.failure().kind()).isEqualTo("bad-context");
            });
    assertThat(results.get(1).get()).isInstanceOf(Written.class);
  }

  @Test
  void manyKeysAreReadWithFewRequests() {
    Codec<String> json =
        Codecs.json(
            text -> text.getBytes(StandardCharsets.UTF_8),
            bytes -> new String(bytes, StandardCharsets.UTF_8));
    BlockingBucket<String> bucket = starling.bucket("many", json).blocking();
    List<Key> keys = new ArrayList<>();
    bucket.batch(
        b -> {
          for (int i = 0; i < 600; i++) {
            keys.add(Key.of("k" + i));
            b.put("k" + i, "{\"n\" : " + i + ".0}");
          }
        });
    keys.add(Key.of("absent"));
    Map<Key, Result<Reading<String>>> found = bucket.getAll(keys);
    assertThat(found.keySet()).containsExactlyElementsOf(keys);
    for (int i = 0; i < 600; i++) {
      Reading<String> reading = found.get(keys.get(i)).get();
      assertThat(reading.value()).as("as it was written").isEqualTo("{\"n\" : " + i + ".0}");
      assertThat(reading.etag()).isPresent();
    }
    assertThat(found.get(Key.of("absent")).get()).isInstanceOf(Reading.Absent.class);
    assertThat(bucket.getAll(List.of())).isEmpty();
    bucket.put(found.get(keys.get(0)).get(), "0");
    assertThat(bucket.get("k0").values()).containsExactly("0");
  }

  @Test
  void batchesOutOfBoundsAreRejectedBeforeSending() {
    BlockingBucket<String> bucket = texts("bounds");
    String large = "x".repeat(1 << 20);
    List<Consumer<Batch<String>>> bad =
        List.of(
            b -> {},
            b -> {
              for (int i = 0; i < 1001; i++) {
                b.get("k" + i);
              }
            },
            b -> {
              for (int i = 0; i < 7; i++) {
                b.put("k" + i, large);
              }
            });
    for (Consumer<Batch<String>> operations : bad) {
      assertThatThrownBy(() -> bucket.batch(operations))
          .isInstanceOfSatisfying(
              InvalidRequestException.class,
              e -> {
                assertThat(e.field()).contains("operations");
                assertThat(e.attempts().list()).as("nothing was sent").isEmpty();
              });
    }
  }

  @Test
  void aSessionCoversBatches() {
    Session session = starling.session();
    BlockingBucket<String> bucket =
        starling.bucket("sessions", Codecs.text()).in(session).blocking();
    bucket.batch(b -> b.put("k", "1"));
    assertThat(session.seen("sessions", "k")).isNotNull();
    bucket.batch(b -> b.put("k", "2"));
    assertThat(bucket.getAll(List.of(Key.of("k"))).get(Key.of("k")).get().value()).isEqualTo("2");
  }
}
