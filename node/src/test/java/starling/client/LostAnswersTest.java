package starling.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import starling.node.main.LocalNodes;

/** Retries of writes whose answers were lost, against real nodes. */
class LostAnswersTest {
  private static final int WRITERS = 100;

  /** A key has at most 64 siblings by clients' writes; they are merged when this many stand. */
  private static final int MERGED = 48;

  private static final Behavior RETRIES =
      Behavior.PATIENT.retries(Retries.of(16, 1)).hedge(Hedge.OFF);

  private static final Codec<Set<String>> SETS =
      Codecs.text()
          .mapping(set -> String.join(",", set), text -> new TreeSet<>(List.of(text.split(","))));

  /**
   * Each event is a sibling of its own until a merge has seen it, and merges follow each other. A
   * write that was made twice shows twice, beside its twin or beside the merge of that.
   */
  @Test
  void writersOfOneKeyMakeOneEventEachHoweverOftenTheyRetry() throws Exception {
    LossyTransport lossy = new LossyTransport(11, 0.3);
    try (LocalNodes nodes = LocalNodes.start(3);
        Starling starling =
            Starling.builder()
                .endpoints(nodes.http().toArray(new String[0]))
                .behavior(RETRIES)
                .transport(lossy)
                .build()) {
      BlockingBucket<Set<String>> bucket = starling.bucket("b", SETS).blocking();
      Set<String> values = new TreeSet<>();
      List<Callable<Void>> writers = new ArrayList<>();
      AtomicInteger merges = new AtomicInteger();
      for (int i = 0; i < WRITERS; i++) {
        String value = "v" + i;
        values.add(value);
        writers.add(() -> write(bucket, value, merges));
      }
      ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
      try {
        for (Future<Void> writer : threads.invokeAll(writers)) {
          Void unused = writer.get();
        }
      } finally {
        threads.shutdown();
      }
      assertThat(lossy.lost.get()).as("answers that were lost").isGreaterThan(WRITERS / 10);
      assertThat(merges.get()).as("merges").isPositive();
      assertThat(eachOnce(bucket.get("k"))).containsExactlyInAnyOrderElementsOf(values);
    }
  }

  private static Void write(
      BlockingBucket<Set<String>> bucket, String value, AtomicInteger merges) {
    while (true) {
      try {
        Written unused = bucket.put("k", Set.of(value), o -> o.replacing(Context.NOTHING_SEEN));
        return null;
      } catch (TooManySiblingsException e) {
        merge(bucket, merges);
      }
    }
  }

  /** One merge at a time, so that each has seen the one before. */
  private static void merge(BlockingBucket<Set<String>> bucket, AtomicInteger merges) {
    synchronized (merges) {
      Reading<Set<String>> reading = bucket.get("k");
      if (reading.values().size() >= MERGED) {
        Written unused = bucket.put(reading, new TreeSet<>(eachOnce(reading)));
        merges.incrementAndGet();
      }
    }
  }

  private static List<String> eachOnce(Reading<Set<String>> reading) {
    List<String> all = reading.values().stream().flatMap(Set::stream).toList();
    assertThat(all).doesNotHaveDuplicates();
    return all;
  }

  @Test
  void updatesOfASetLoseNoElement() {
    LossyTransport lossy = new LossyTransport(12, 0.2);
    try (LocalNodes nodes = LocalNodes.start(3);
        Starling starling =
            Starling.builder()
                .endpoints(nodes.http().get(0))
                .behavior(RETRIES)
                .transport(lossy)
                .build()) {
      Bucket<Set<String>> sets = starling.bucket("sets", SETS).resolving(Resolver.union());
      Set<String> expected = new TreeSet<>();
      for (int round = 0; round < 3; round++) {
        List<CompletableFuture<Reading<Set<String>>>> updates = new ArrayList<>();
        for (int writer = 0; writer < 15; writer++) {
          String element = "e" + round + "-" + writer;
          expected.add(element);
          updates.add(
              sets.update(
                  "k",
                  set -> {
                    Set<String> more = set == null ? new TreeSet<>() : new TreeSet<>(set);
                    more.add(element);
                    return more;
                  }));
        }
        updates.forEach(CompletableFuture::join);
      }
      assertThat(lossy.lost.get()).isPositive();
      assertThat(sets.blocking().get("k").value()).isEqualTo(expected);
    }
  }
}
