package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Quorum;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;
import starling.node.storage.Durability;
import starling.wire.ProblemKind;

/** Histories in which the question before a write is answered by replicas that have forgotten. */
class AskHistoriesTest {
  private static final RequestOptions ALL =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);

  private static final BucketProperties REPLICATED_LWW =
      new BucketProperties(
          3,
          Quorum.QUORUM,
          Quorum.QUORUM,
          Quorum.ZERO,
          Quorum.ZERO,
          Durability.REPLICATED,
          2000,
          Conflict.LWW,
          0);

  private static void written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
  }

  @Test
  void aLastWriterDoesNotAskAReplicaThatHasForgotten() {
    int bugShows = 0;
    SimWiring bug = PlantedBug.incompleteReplicasAnswerBeforeWrites();
    for (long seed = 1; seed <= 30; seed++) {
      assertThat(lastWriter(seed, SimWiring.PLAIN)).as("seed %d", seed).containsExactly(2);
      // Nor where the clock that frames carry does not number the second write higher.
      assertThat(lastWriter(seed, PlantedBug.framesCarryNoClock()))
          .as("seed %d", seed)
          .containsExactly(2);
      bugShows += lastWriter(seed, bug).equals(Set.of(1)) ? 1 : 0;
    }
    assertThat(bugShows).as("seeds in which the planted bug shows").isPositive();
  }

  /**
   * Two take a write of which the counter runs ahead, one of them loses power before its fsync, and
   * the third, which never had it, writes with the help of that one alone.
   *
   * @return what stands if the second write was acknowledged; else what its repetition leaves
   */
  private static Set<Integer> lastWriter(long seed, SimWiring wiring) {
    SimCluster cluster =
        new SimCluster(seed, 3, wiring, SimCluster.Options.PLAIN.withDefaults(REPLICATED_LWW))
            .awaitReady();
    cluster.home(0).skew(5_000);
    cluster.isolate(2);
    written(cluster.put(0, "b", "k", "1", null));
    cluster.powerLoss(1);
    cluster.healAll();
    cluster.isolate(0);
    cluster.restart(1);
    cluster.until("it serves", 30_000, () -> cluster.node(1).notReady() == null);
    WriteOutcome second = cluster.put(2, "b", "k", "2", null);
    cluster.healAll();
    if (second instanceof WriteOutcome.Rejected refused) {
      assertThat(refused.rejection().kind()).isEqualTo(ProblemKind.UNAVAILABLE);
      assertThat(refused.rejection().outcome()).isEqualTo(Rejection.Outcome.NONE);
      cluster.awaitReady();
      written(cluster.put(2, "b", "k", "2", null));
    }
    cluster.runFor(10_000);
    return Workload.shown(cluster.get(2, "b", "k", null, ALL));
  }

  @Test
  void aBlindWriteAsksWhoHasForgottenNothingFirst() {
    SimWiring bug = PlantedBug.incompleteReplicasAnswerBeforeWrites();
    for (Quorum pw : List.of(Quorum.ZERO, Quorum.QUORUM)) {
      int bugShows = 0;
      for (long seed = 1; seed <= 30; seed++) {
        assertThat(besideARefill(seed, SimWiring.PLAIN, pw))
            .as("seed %d, pw=%s", seed, pw)
            .containsExactly(2);
        bugShows += besideARefill(seed, bug, pw).size() > 1 ? 1 : 0;
      }
      assertThat(bugShows).as("seeds in which the planted bug shows").isPositive();
    }
  }

  /**
   * Two take a write; one of them loses its disk and cannot be refilled yet, and the third, which
   * never had it, writes blind.
   */
  private static Set<Integer> besideARefill(long seed, SimWiring wiring, Quorum pw) {
    SimCluster cluster = new SimCluster(seed, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
    int wiped = refilling(cluster, (int) (seed % 2));
    RequestOptions options = new RequestOptions(null, null, null, pw, null, null);
    written(cluster.put(2, "b", "k", "2", null, options));
    cluster.healAll();
    cluster.until(
        "it is refilled",
        60_000,
        () -> cluster.node(wiped).statistics().incompletePartitions() == 0);
    cluster.runFor(5_000);
    return Workload.shown(cluster.get(2, "b", "k", null, ALL));
  }

  /** Node 2 has missed a write; the given one of the two others has lost it. */
  private static int refilling(SimCluster cluster, int wiped) {
    cluster.isolate(2);
    written(cluster.put(0, "b", "k", "1", null));
    cluster.healAll();
    cluster.runFor(1_000);
    cluster.wipe(wiped, true);
    cluster.cut(wiped, 1 - wiped);
    cluster.restart(wiped);
    cluster.until("it serves", 60_000, () -> cluster.node(wiped).notReady() == null);
    assertThat(cluster.node(wiped).statistics().incompletePartitions()).isPositive();
    cluster.runFor(1_000);
    return wiped;
  }

  @Test
  void aBlindWriteGoesOnWhereTooFewCanAnswerInFull() {
    for (int wiped = 0; wiped < 2; wiped++) {
      SimCluster cluster = new SimCluster(5, 3).awaitReady();
      refilling(cluster, wiped);
      cluster.home(1 - wiped).pause();
      written(cluster.put(2, "b", "k", "2", null));
      cluster.home(1 - wiped).resume();
      cluster.healAll();
      cluster.runFor(10_000);
      assertThat(Workload.shown(cluster.get(2, "b", "k", null, ALL))).contains(2);
    }
  }
}
