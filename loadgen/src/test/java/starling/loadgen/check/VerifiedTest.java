package starling.loadgen.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import starling.client.Behavior;
import starling.client.BlockingBucket;
import starling.client.Codecs;
import starling.client.Context;
import starling.client.Starling;
import starling.loadgen.check.Finding.Kind;
import starling.node.main.LocalNodes;

/**
 * The verified workload against a node at which a second client does what a faulty cluster would:
 * it removes, invents and brings back values.
 */
class VerifiedTest {
  private static final int KEYS = 4;
  private static final int MANY_KEYS = 100;
  private static final long WRITES_PER_KEY = 4;

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

  /** What a faulty cluster does with a key after the clients have ended. */
  private interface Fault {
    /**
     * Plants the fault.
     *
     * @param earlier a value that stood under the key in the middle of the run; null for none
     */
    void plant(BlockingBucket<String> bucket, String key, String earlier);
  }

  private static Verified.Verdict verdict(String bucket, Fault fault) throws InterruptedException {
    return verdict(bucket, KEYS, fault);
  }

  /** Runs the clients until keys have been written often, also after their values were noted. */
  private static Verified.Verdict verdict(String bucket, int keys, Fault fault)
      throws InterruptedException {
    Verified verified = new Verified(starling, bucket, "p-", 4, keys, 1);
    BlockingBucket<String> behind = starling.bucket(bucket, Codecs.text()).blocking();
    Map<String, String> earlier = new HashMap<>();
    AtomicLong until = new AtomicLong();
    verified.work(
        Duration.ofSeconds(60),
        Duration.ofMillis(20),
        () -> {
          if (until.get() == 0 && verified.acknowledged() > keys * WRITES_PER_KEY) {
            for (int i = 0; i < keys; i++) {
              String key = "p-" + i;
              behind.get(key).values().forEach(value -> earlier.putIfAbsent(key, value));
            }
            until.set(verified.acknowledged() + keys * WRITES_PER_KEY);
          }
          return until.get() == 0 || verified.acknowledged() < until.get();
        });
    for (int i = 0; i < keys; i++) {
      fault.plant(behind, "p-" + i, earlier.get("p-" + i));
    }
    return verified.verdict(Duration.ofMillis(1));
  }

  @Test
  void nothingIsFoundInAHealthyCluster() throws InterruptedException {
    Verified.Verdict verdict = verdict("healthy", (bucket, key, earlier) -> {});
    assertThat(verdict.findings()).isEmpty();
    assertThat(verdict.good()).isTrue();
    assertThat(verdict.batches()).isPositive();
    assertThat(verdict.listings()).as("one at the beginning, one at the end").isGreaterThan(1);
  }

  @Test
  void aValueThatVanishesIsFound() throws InterruptedException {
    Verified.Verdict verdict =
        verdict("vanishing", (bucket, key, earlier) -> bucket.delete(bucket.get(key)));
    assertThat(verdict.good()).isFalse();
    assertThat(verdict.count(Kind.LOST)).isPositive();
  }

  @Test
  void aValueThatNoClientWroteIsFound() throws InterruptedException {
    Verified.Verdict verdict =
        verdict(
            "inventing",
            (bucket, key, earlier) ->
                bucket.put(key, "foreign", o -> o.replacing(Context.NOTHING_SEEN)));
    assertThat(verdict.good()).isFalse();
    assertThat(verdict.count(Kind.INVENTED)).isEqualTo(KEYS);
  }

  @Test
  void aValueThatWasReplacedAndComesBackIsFound() throws InterruptedException {
    Verified.Verdict verdict =
        verdict(
            "returning",
            // So many that none has been written as often as the workload writes a key.
            MANY_KEYS,
            (bucket, key, earlier) -> {
              if (earlier != null) {
                bucket.put(key, earlier, o -> o.replacing(Context.NOTHING_SEEN));
              }
            });
    assertThat(verdict.good()).isFalse();
    assertThat(verdict.count(Kind.RETURNED)).isPositive();
  }

  @Test
  void aListingThatLeavesOutAKeyIsFound() throws InterruptedException {
    Listings.Source whole =
        Listings.of(starling.bucket("unlisted", Codecs.text()).blocking(), "p-");
    Verified verified =
        new Verified(
            starling,
            "unlisted",
            "p-",
            2,
            20,
            1,
            () -> {
              List<String> keys = whole.keys();
              return keys.subList(0, Math.max(0, keys.size() - 1));
            });
    verified.work(
        Duration.ofSeconds(60), Duration.ofMillis(20), () -> verified.acknowledged() < 100);
    Verified.Verdict verdict = verified.verdict(Duration.ofMillis(1));
    assertThat(verdict.good()).isFalse();
    assertThat(verdict.findings()).extracting(Finding::kind).containsOnly(Kind.UNLISTED);
  }
}
