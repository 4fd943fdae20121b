package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What real processes see of each other: deaths, pauses and restarts. With {@code
 * -Dstarling.membership.kills=20} so many nodes are killed one after the other, and each death must
 * be known within 5 s; in a build, beside other tests, two and within 10 s.
 */
class MembershipIT {
  private static final int NODES = 5;
  private static final int KILLS = Integer.getInteger("starling.membership.kills", 2);
  private static final Duration KNOWN_WITHIN = Duration.ofSeconds(KILLS > 2 ? 5 : 10);
  private static final Duration QUIET = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final Duration LOOKS = Duration.ofMillis(50);

  @Test
  void deathsPausesAndRestartsAreSeen() {
    try (LocalCluster cluster = LocalCluster.start(NODES)) {
      awaitEqualViews(cluster, Duration.ofSeconds(30));
      killed(cluster);
      stopped(cluster);
      allRestarted(cluster);
    }
  }

  private static void killed(LocalCluster cluster) {
    List<Long> millis = new ArrayList<>();
    for (int round = 0; round < KILLS; round++) {
      int victim = 1 + round % (NODES - 1);
      List<Integer> others = IntStream.range(0, NODES).filter(i -> i != victim).boxed().toList();
      cluster.kill(victim);
      long began = System.nanoTime();
      await()
          .pollInterval(LOOKS)
          .atMost(KNOWN_WITHIN)
          .until(
              () ->
                  others.stream()
                      .allMatch(i -> statuses(cluster, i).get("n" + (victim + 1)).equals("dead")));
      millis.add((System.nanoTime() - began) / 1_000_000);
      for (int other : others) {
        assertThat(Collections.frequency(statuses(cluster, other).values(), "dead")).isOne();
      }
      cluster.restart(victim);
      awaitEqualViews(cluster, QUIET);
    }
    Collections.sort(millis);
    System.out.printf(
        "all of %d others knew of each of %d deaths after %d to %d ms%n",
        NODES - 1, KILLS, millis.get(0), millis.get(millis.size() - 1));
  }

  /** A process that is stopped for a while calls no other dead when it goes on, nor is one. */
  private static void stopped(LocalCluster cluster) {
    Set<String> dead = new HashSet<>();
    cluster.freeze(1);
    await()
        .pollInterval(LOOKS)
        .pollDelay(PAUSE)
        .atMost(PAUSE.plusSeconds(5))
        .until(() -> statuses(cluster, 0).get("n2").equals("dead"));
    cluster.thaw(1);
    await()
        .pollInterval(LOOKS)
        .atMost(QUIET)
        .until(
            () -> {
              for (int i = 0; i < NODES; i++) {
                statuses(cluster, i)
                    .forEach(
                        (name, status) ->
                            dead.addAll(status.equals("dead") ? Set.of(name) : Set.of()));
              }
              return equalViews(cluster);
            });
    assertThat(dead).isSubsetOf("n2");
  }

  private static void allRestarted(LocalCluster cluster) {
    cluster.killAll();
    cluster.startAll();
    awaitEqualViews(cluster, QUIET);
  }

  private static void awaitEqualViews(LocalCluster cluster, Duration atMost) {
    await().pollInterval(LOOKS).atMost(atMost).until(() -> equalViews(cluster));
  }

  /** Whether each node sees all alive, and the same process of each. */
  private static boolean equalViews(LocalCluster cluster) {
    Set<String> views = new HashSet<>();
    for (int i = 0; i < NODES; i++) {
      Set<String> view = new HashSet<>();
      for (JsonNode member : cluster.http(i).members()) {
        if (!member.path("status").asText().equals("alive")) {
          return false;
        }
        view.add(member.path("id").asText() + " " + member.path("incarnation").asText());
      }
      views.add(String.join(", ", view.stream().sorted().toList()));
      if (view.size() != NODES) {
        return false;
      }
    }
    return views.size() == 1;
  }

  private static Map<String, String> statuses(LocalCluster cluster, int node) {
    Map<String, String> statuses = new HashMap<>();
    for (JsonNode member : cluster.http(node).members()) {
      statuses.put(member.path("name").asText(), member.path("status").asText());
    }
    return statuses;
  }
}
