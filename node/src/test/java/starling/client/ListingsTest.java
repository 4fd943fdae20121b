package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import starling.node.main.LocalNodes;

/** Listings of a real node. */
class ListingsTest {
  private static final int KEYS = 2500;

  private static LocalNodes nodes;
  private static Starling starling;
  private static Bucket<String> bucket;
  private static final Set<String> expected = new TreeSet<>();

  @BeforeAll
  static void start() {
    nodes = LocalNodes.start(1, "buckets.default.n=1");
    starling = Starling.builder().endpoints(nodes.http().get(0)).behavior(Behavior.PATIENT).build();
    bucket = starling.bucket("listed", Codecs.text());
    for (int from = 0; from < KEYS; from += 500) {
      int begin = from;
      bucket
          .blocking()
          .batch(
              b -> {
                for (int i = begin; i < begin + 500; i++) {
                  expected.add("k/" + i);
                  b.put("k/" + i, "value of " + i);
                }
              });
    }
    bucket.blocking().put("ü&=?", "odd");
    expected.add("ü&=?");
  }

  @AfterAll
  static void stop() {
    starling.close();
    nodes.close();
  }

  @Test
  void pagesContinueWithACursor() {
    List<String> found = new ArrayList<>();
    Page<Key> page = bucket.keys("", 1000, null).join();
    assertThat(page.items()).hasSize(1000);
    while (true) {
      page.items().forEach(key -> found.add(key.text()));
      assertThat(page.complete()).isTrue();
      if (page.next().isEmpty()) {
        break;
      }
      page = bucket.keys("", 1000, page.next().get()).join();
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(bucket.keys("ü&=", 10, null).join().items()).containsExactly(Key.of("ü&=?"));
  }

  @Test
  void aListingPublishesEachKeyOnce() {
    List<String> found = new ArrayList<>();
    assertThat(bucket.keys("").forEach(key -> found.add(key.text())))
        .succeedsWithin(Duration.ofSeconds(60));
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void entriesAreReadings() {
    List<Reading<String>> found = new ArrayList<>();
    assertThat(bucket.entries("k/").forEach(found::add)).succeedsWithin(Duration.ofSeconds(60));
    assertThat(found).hasSize(KEYS);
    assertThat(found)
        .allSatisfy(
            reading ->
                assertThat(reading.value())
                    .isEqualTo("value of " + reading.key().text().substring(2)));
    Bucket<String> siblings = starling.bucket("listed-siblings", Codecs.text());
    siblings.put("s", "a", o -> o.replacing(Context.NOTHING_SEEN)).join();
    siblings.put("s", "b", o -> o.replacing(Context.NOTHING_SEEN)).join();
    List<Reading<String>> concurrent = new ArrayList<>();
    siblings.entries("").forEach(concurrent::add).join();
    assertThat(concurrent).hasSize(1);
    assertThat(concurrent.get(0).values()).containsExactlyInAnyOrder("a", "b");
    siblings.put(concurrent.get(0), "c").join();
    assertThat(siblings.get("s").join().value()).isEqualTo("c");
  }

  @Test
  void aListingGoesAtItsSubscribersPaceAndEndsWhenItIsCancelled() {
    ConcurrentLinkedQueue<Key> taken = new ConcurrentLinkedQueue<>();
    AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    bucket
        .keys("")
        .subscribe(
            new Flow.Subscriber<>() {
              @Override
              public void onSubscribe(Flow.Subscription given) {
                subscription.set(given);
              }

              @Override
              public void onNext(Key item) {
                taken.add(item);
              }

              @Override
              public void onError(Throwable thrown) {
                failure.set(thrown);
              }

              @Override
              public void onComplete() {
                failure.set(new IllegalStateException("ended"));
              }
            });
    subscription.get().request(3);
    await().until(() -> taken.size() >= 3);
    starling.cluster().members().join();
    assertThat(taken).hasSize(3);
    subscription.get().request(1500);
    await().until(() -> taken.size() >= 1503);
    subscription.get().cancel();
    subscription.get().request(1000);
    starling.cluster().members().join();
    assertThat(taken).hasSize(1503);
    assertThat(failure.get()).isNull();
  }

  @Test
  void badListingsAreRejected() {
    for (int limit : new int[] {0, -1, 10_001}) {
      assertThat(bucket.keys("", limit, null)).isCompletedExceptionally();
    }
    assertThatThrownBy(() -> bucket.keys("", 10, new Cursor("damaged")).join())
        .cause()
        .isInstanceOfSatisfying(
            InvalidRequestException.class, e -> assertThat(e.field()).contains("cursor"));
    Page<Key> page = bucket.keys("", 10, null).join();
    assertThatThrownBy(() -> bucket.keys("other", 10, page.cursor()).join())
        .cause()
        .isInstanceOf(InvalidRequestException.class);
  }
}
