package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Quorum;
import starling.node.request.ReadOutcome;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;
import starling.node.storage.Durability;

/** Histories of nodes that were away while the properties of a bucket changed. */
class RegisterHistoriesTest {
  private static final BucketChange ALL_PRIMARIES =
      new BucketChange(null, null, null, null, Quorum.ALL, null, null, null);
  private static final RequestOptions ALL_READ =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);

  private static final BucketProperties FIVE =
      new BucketProperties(
          5,
          Quorum.QUORUM,
          Quorum.QUORUM,
          Quorum.ZERO,
          Quorum.ZERO,
          Durability.SYNCED,
          2000,
          Conflict.SIBLINGS,
          0);

  /** A majority has the change; one member was cut off and is back a moment ago. */
  private static SimCluster changedWhileOneWasAway(SimWiring wiring, int away) {
    SimCluster cluster = new SimCluster(95, 5, wiring, SimCluster.Options.PLAIN).awaitReady();
    cluster.isolate(away);
    assertThat(cluster.changeBucket((away + 1) % 5, "b", ALL_PRIMARIES))
        .isInstanceOf(BucketOutcome.Changed.class);
    cluster.runFor(1_000);
    cluster.healAll();
    // Both ends hear that their old connections broke.
    cluster.runFor(1);
    assertThat(cluster.node(away).bucket("b").pw()).isNotEqualTo(Quorum.ALL);
    return cluster;
  }

  private static List<Integer> primaries(SimCluster cluster, int asked) {
    List<String> names =
        cluster.replicas(asked, "b", "k").replicas().stream()
            .filter(ReplicaReport.Holding::primary)
            .map(ReplicaReport.Holding::node)
            .toList();
    return names.stream().map(name -> Integer.parseInt(name.substring(1))).toList();
  }

  /** All primaries must take a write by now; the one that was away does not know it. */
  private static WriteOutcome writeOfTheOneThatWasAway(SimWiring wiring) {
    int away = primaries(new SimCluster(95, 5).awaitReady(), 0).get(0);
    SimCluster cluster = changedWhileOneWasAway(wiring, away);
    int down = primaries(new SimCluster(95, 5).awaitReady(), 0).get(1);
    cluster.crash(down);
    return cluster.put(away, "b", "k", "1", null);
  }

  @Test
  void aWriteOfAMemberThatMissedAChangeIsDecidedByTheChange() {
    assertThat(writeOfTheOneThatWasAway(SimWiring.PLAIN)).isInstanceOf(WriteOutcome.Rejected.class);
  }

  @Test
  void nodesThatDoNotCompareRegistersAreFound() {
    assertThat(writeOfTheOneThatWasAway(PlantedBug.registersAreNotCompared()))
        .isInstanceOf(WriteOutcome.Written.class);
  }

  /** No client sees that registers differed, wherever it asks. */
  @Test
  void everyRequestIsServedAtOnceAfterAMemberIsBack() {
    for (int away = 0; away < 5; away++) {
      SimCluster cluster = changedWhileOneWasAway(SimWiring.PLAIN, away);
      assertThat(cluster.put(away, "b", "k", "1", null)).isInstanceOf(WriteOutcome.Written.class);
      for (int i = 0; i < 5; i++) {
        assertThat(Workload.shown(cluster.get(i, "b", "k", null, ALL_READ))).containsExactly(1);
      }
    }
    for (int away = 0; away < 5; away++) {
      SimCluster cluster = changedWhileOneWasAway(SimWiring.PLAIN, away);
      int other = (away + 2) % 5;
      assertThat(cluster.put(other, "b", "k", "1", null)).isInstanceOf(WriteOutcome.Written.class);
      ReadOutcome read = cluster.get(away, "b", "k", null, ALL_READ);
      assertThat(Workload.shown(read)).containsExactly(1);
      assertThat(cluster.node(away).bucket("b").pw()).isEqualTo(Quorum.ALL);
    }
  }

  /** The node that changes it is the first to know, and tells each of the four others in time. */
  @Test
  void aReadOfFourReplicasThatHaveNotHeardOfAChangeIsServed() {
    for (long seed = 1; seed <= 10; seed++) {
      SimCluster cluster =
          new SimCluster(seed, 9, SimWiring.PLAIN, SimCluster.Options.PLAIN.withDefaults(FIVE))
              .awaitReady();
      int first = cluster.primaries("b", "k").get(0);
      assertThat(cluster.put(first, "b", "k", "1", "")).isInstanceOf(WriteOutcome.Written.class);
      cluster.runFor(5_000);
      cluster.node(first).changeBucket("change", "b", ALL_PRIMARIES, changed -> {});
      ReadOutcome read = cluster.get(first, "b", "k", null, ALL_READ);
      assertThat(Workload.shown(read)).as("seed %d", seed).containsExactly(1);
    }
  }

  /** It was cut off when it had promised to wait for n, and its promise is over. */
  @Test
  void aWriteOfAMemberThatMissedANewNIsOnAllItsPrimaries() {
    assertThat(copiesOfAWriteByOneThatMissedANewN(SimWiring.PLAIN)).isEqualTo(5);
    assertThat(copiesOfAWriteByOneThatMissedANewN(PlantedBug.registersAreNotCompared()))
        .isLessThan(5);
  }

  private static long copiesOfAWriteByOneThatMissedANewN(SimWiring wiring) {
    SimCluster cluster = new SimCluster(92, 5, wiring, SimCluster.Options.PLAIN).awaitReady();
    int away = 4;
    AtomicReference<@Nullable BucketOutcome> changed = new AtomicReference<>();
    cluster
        .node(0)
        .changeBucket(
            "change",
            "b",
            new BucketChange(5, null, null, null, null, null, null, null),
            changed::set);
    cluster.until("it is in force", 5_000, () -> cluster.node(0).bucket("b").n() == 5);
    cluster.isolate(away);
    cluster.until("an answer", 10_000, () -> changed.get() != null);
    cluster.runFor(12_000);
    assertThat(cluster.node(away).bucket("b").n()).isEqualTo(3);
    cluster.healAll();
    assertThat(cluster.put(away, "b", "k", "1", null)).isInstanceOf(WriteOutcome.Written.class);
    cluster.runFor(500);
    List<ReplicaReport.Holding> holdings = cluster.replicas(0, "b", "k").replicas();
    assertThat(holdings).hasSize(5);
    return holdings.stream()
        .filter(holding -> holding.siblings() != null && !holding.siblings().values().isEmpty())
        .count();
  }

  /** A process that missed it starts with the register of its last life. */
  @Test
  void aWriteOfAMemberThatWasDownForAChangeIsDecidedByIt() {
    SimCluster cluster = new SimCluster(93, 5).awaitReady();
    List<Integer> primaries = primaries(cluster, 0);
    int away = primaries.get(0);
    cluster.crash(away);
    cluster.runFor(3_000);
    assertThat(cluster.changeBucket(primaries.get(1), "b", ALL_PRIMARIES))
        .isInstanceOf(BucketOutcome.Changed.class);
    cluster.restart(away);
    cluster.until("it serves", 20_000, () -> cluster.node(away).notReady() == null);
    cluster.crash(primaries.get(1));
    assertThat(cluster.put(away, "b", "k", "1", null)).isInstanceOf(WriteOutcome.Rejected.class);
  }
}
