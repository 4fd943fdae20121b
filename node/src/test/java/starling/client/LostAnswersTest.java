package starling.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import starling.node.main.LocalNodes;

/** Retries of writes whose answers were lost, against real nodes. */
class LostAnswersTest {
  private static final int WRITERS = 60;

  private static final Behavior RETRIES =
      Behavior.PATIENT.retries(Retries.of(16, 1)).hedge(Hedge.OFF);

  /** Each event would be a sibling of its own: a write that was made twice shows twice. */
  @Test
  void writersOfOneKeyLeaveOneEventEachHoweverOftenTheyRetry() {
    LossyTransport lossy = new LossyTransport(11, 0.3);
    try (LocalNodes nodes = LocalNodes.start(3);
        Starling starling =
            Starling.builder()
                .endpoints(nodes.http().toArray(new String[0]))
                .behavior(RETRIES)
                .transport(lossy)
                .build()) {
      Bucket<String> bucket = starling.bucket("b", Codecs.text());
      List<String> values = new ArrayList<>();
      List<CompletableFuture<Written>> writes = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        values.add("v" + i);
        writes.add(bucket.put("k", "v" + i, o -> o.replacing(Context.NOTHING_SEEN)));
      }
      writes.forEach(CompletableFuture::join);
      assertThat(lossy.lost.get()).as("answers that were lost").isGreaterThan(WRITERS / 10);
      assertThat(bucket.blocking().get("k").values()).containsExactlyInAnyOrderElementsOf(values);
    }
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
      Bucket<Set<String>> sets =
          starling
              .bucket(
                  "sets",
                  Codecs.text()
                      .<Set<String>>mapping(
                          set -> String.join(",", set),
                          text -> new TreeSet<>(List.of(text.split(",")))))
              .resolving(Resolver.union());
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
