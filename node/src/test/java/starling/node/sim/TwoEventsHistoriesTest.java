package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;
import starling.node.version.IdempotencyKey;

/** Writes of which two coordinators made an event each, and clocks that are far off. */
class TwoEventsHistoriesTest extends RetriedWrites {
  private static final RequestOptions ALL =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);

  /** How far the clock of the first coordinator is ahead, in milliseconds. */
  private static final List<Long> AHEAD = List.of(0L, 900_000L, -900_000L);

  /** A first try that its coordinator alone has taken, and its retry at another, answered. */
  private String madeTwice(SimCluster cluster, long ahead) {
    triedOnce(cluster, ahead);
    return written(put(cluster, 1, "1"));
  }

  /** From then on nothing of the first coordinator's reaches the others. */
  private void triedOnce(SimCluster cluster, long ahead) {
    cluster.home(0).skew(ahead);
    List<WriteOutcome> first = send(cluster, 0, json("1"), null, Condition.NONE, NAME);
    // It has asked one, made its event and sent it to both: none of that arrives.
    cluster.until("it is sent", 1_000, () -> cluster.node(0).statistics().callsInFlight() == 2);
    cluster.network().cut(cluster.address(0), cluster.address(1));
    cluster.network().cut(cluster.address(0), cluster.address(2));
    cluster.until("the first try ends", 10_000, () -> !first.isEmpty());
    assertThat(((WriteOutcome.Rejected) first.get(0)).rejection().outcome())
        .isEqualTo(Rejection.Outcome.UNKNOWN);
  }

  /** What a read of all shows, at whatever node. */
  private static Set<Integer> shownAnywhere(SimCluster cluster) {
    Set<Integer> shown = new TreeSet<>();
    for (int node = 0; node < cluster.size(); node++) {
      shown.addAll(Workload.shown(cluster.get(node, "b", "k", null, ALL)));
    }
    return shown;
  }

  private static void shownAtAll(SimCluster cluster, Integer... values) {
    for (int node = 0; node < cluster.size(); node++) {
      assertThat(Workload.shown(cluster.get(node, "b", "k", null, ALL)))
          .as("a read of all at %d", node)
          .containsExactly(values);
    }
  }

  @Test
  void whatWasWrittenTwiceUnderOneKeyAndDeletedStaysDeleted() {
    for (long ahead : AHEAD) {
      assertThat(deletedAfterTwoEvents(SimWiring.PLAIN, ahead)).as("%d ms", ahead).isEmpty();
    }
  }

  private Set<Integer> deletedAfterTwoEvents(SimWiring wiring, long ahead) {
    SimCluster cluster = new SimCluster(31, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
    String context = madeTwice(cluster, ahead);
    written(cluster.delete(1, "b", "k", context));
    assertThat(Workload.shown(cluster.get(1, "b", "k"))).isEmpty();
    cluster.healAll();
    cluster.runFor(10_000);
    return shownAnywhere(cluster);
  }

  @Test
  void whatWasWrittenTwiceUnderOneKeyAndReplacedStaysReplaced() {
    for (long ahead : AHEAD) {
      SimCluster cluster = cluster(32, 3, SimCluster.Options.PLAIN);
      String context = madeTwice(cluster, ahead);
      written(cluster.put(1, "b", "k", "2", context));
      cluster.healAll();
      cluster.runFor(10_000);
      shownAtAll(cluster, 2);
      written(put(cluster, 2, "1"));
      shownAtAll(cluster, 2);
    }
  }

  @Test
  void whatWasReplacedByOneThatSawTheFirstTryStaysReplaced() {
    for (long ahead : AHEAD) {
      assertThat(firstEventReplaced(SimWiring.PLAIN, ahead)).as("%d ms", ahead).containsExactly(2);
    }
  }

  /**
   * Its context names the first event. Those who take the delete have the second event and have
   * never heard of the first: that both are of one request is what the context tells them.
   */
  @Test
  void whoHasSeenOneOfTwoEventsDeletesBothWhereOnlyTheOtherIsKnown() {
    for (long ahead : AHEAD) {
      SimCluster cluster = cluster(34, 3, SimCluster.Options.PLAIN);
      triedOnce(cluster, ahead);
      RequestOptions one = new RequestOptions(Quorum.ONE, Quorum.ONE, null, null, null, null);
      String seen = contextOf(cluster.get(0, "b", "k", null, one));
      written(put(cluster, 1, "1"));
      String deleted = written(cluster.delete(1, "b", "k", seen));
      assertThat(Workload.shown(cluster.get(1, "b", "k"))).isEmpty();
      written(cluster.put(2, "b", "k", "2", deleted));
      assertThat(Workload.shown(cluster.get(1, "b", "k"))).containsExactly(2);
      cluster.healAll();
      cluster.runFor(10_000);
      shownAtAll(cluster, 2);
    }
  }

  /** The first try's node hears nothing of the retry, and takes a write of one that read there. */
  private Set<Integer> firstEventReplaced(SimWiring wiring, long ahead) {
    SimCluster cluster = new SimCluster(33, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
    triedOnce(cluster, ahead);
    cluster.isolate(0);
    written(put(cluster, 1, "1"));
    RequestOptions one = new RequestOptions(Quorum.ONE, Quorum.ONE, null, null, null, null);
    String seen = contextOf(cluster.get(0, "b", "k", null, one));
    List<WriteOutcome> answers = new ArrayList<>();
    cluster
        .node(0)
        .write(
            new WriteRequest(
                "sees-the-first",
                "b",
                "k".getBytes(StandardCharsets.UTF_8),
                json("2"),
                seen,
                Condition.NONE,
                one,
                null),
            answers::add);
    cluster.until("an answer", 10_000, () -> !answers.isEmpty());
    written(answers.get(0));
    cluster.healAll();
    cluster.runFor(10_000);
    return shownAnywhere(cluster);
  }

  @Test
  void aTwinThatStaysWhereTheOtherWasReplacedIsFound() {
    assertThat(firstEventReplaced(PlantedBug.twinsAreNotHidden(), 0)).containsExactly(1, 2);
  }

  @Test
  void aDeletedTwinThatComesBackIsFound() {
    assertThat(deletedAfterTwoEvents(PlantedBug.twinsAreNotHidden(), 0)).containsExactly(1);
  }

  // ---- clocks

  @Test
  void framesWithoutTheClockOfTheirSenderAreFound() {
    SimWiring noClock = PlantedBug.framesCarryNoClock();
    assertThat(deletedAfterTwoEvents(noClock, 0)).isEmpty();
    assertThat(deletedAfterTwoEvents(noClock, 900_000)).containsExactly(1);
    assertThat(deletedAfterTwoEvents(noClock, -900_000)).containsExactly(1);
  }

  /** Writes that are sent again at other nodes while clocks of primaries are off: what is wrong. */
  private Set<Set<Integer>> retried(int clocks, long ahead) {
    SimCluster cluster = cluster(14);
    primaries.subList(0, clocks).forEach(node -> cluster.home(node).skew(ahead));
    Set<Set<Integer>> wrong = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      IdempotencyKey name = new IdempotencyKey(7, i, i);
      String value = "" + i;
      int node = i % cluster.size();
      String before = contextOrNull(cluster.get(node, "b", "k"));
      String first = written(write(cluster, node, json(value), before, Condition.NONE, name));
      cluster.runFor(5_000);
      int elsewhere = (node + 1 + i / 5 % 4) % cluster.size();
      String again = written(write(cluster, elsewhere, json(value), before, Condition.NONE, name));
      if (!again.equals(first) || standing(cluster, 0).size() != 1) {
        wrong.add(Set.of(i));
      }
      for (int reader = 0; reader < cluster.size(); reader++) {
        Set<Integer> shown = Workload.shown(cluster.get(reader, "b", "k"));
        if (!shown.equals(Set.of(i))) {
          wrong.add(shown);
        }
      }
    }
    return wrong;
  }

  private static @Nullable String contextOrNull(ReadOutcome outcome) {
    return outcome instanceof ReadOutcome.Found found ? found.context() : null;
  }

  @Test
  void aClockAQuarterOfAnHourOffMakesNoSecondEventAndAllNodesAnswerAlike() {
    for (long ahead : List.of(-900_000L, 900_000L)) {
      for (int clocks = 1; clocks <= 2; clocks++) {
        assertThat(retried(clocks, ahead)).as("%d clocks at %d ms", clocks, ahead).isEmpty();
      }
    }
  }

  /**
   * Two of three clocks jump ahead after the third node has taken a write; then the key is written
   * once more, and the third node is away when the first write is sent again.
   */
  private boolean recognised(SimWiring wiring) {
    SimCluster cluster = new SimCluster(17, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
    String first = written(put(cluster, 2, "1"));
    cluster.home(0).skew(900_000);
    cluster.home(1).skew(900_000);
    written(cluster.put(1, "b", "k", "2", first));
    cluster.runFor(5_000);
    cluster.isolate(2);
    return written(put(cluster, 0, "1")).equals(first);
  }

  @Test
  void aWindowThatFollowsTheWallClockIsFound() {
    assertThat(recognised(SimWiring.PLAIN)).isTrue();
    assertThat(recognised(PlantedBug.wallClocksForgetRequests())).isFalse();
  }
}
