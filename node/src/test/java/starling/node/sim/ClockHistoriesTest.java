package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Quorum;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.Workload;

/** Nodes whose wall clocks differ: counters order, and clocks tell time. */
class ClockHistoriesTest {
  private static final long QUARTER_HOUR = 900_000;
  private static final long DAY = 86_400_000;

  private static final RequestOptions ONE =
      new RequestOptions(Quorum.ONE, Quorum.ONE, null, null, null, null);
  private static final RequestOptions ALL =
      new RequestOptions(Quorum.ALL, null, null, null, null, null);

  private static SimCluster cluster(long seed, SimWiring wiring) {
    return new SimCluster(seed, 3, wiring, SimCluster.Options.PLAIN).awaitReady();
  }

  private static void written(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(WriteOutcome.Written.class);
  }

  /**
   * A node whose clock is ahead takes a write that another one misses. The other hears of a third
   * node, of another key only, and then takes a write to the key alone: what all nodes show then.
   */
  private static Set<Integer> writtenByOneThatMissedAWrite(SimWiring wiring) {
    SimCluster cluster = cluster(41, wiring);
    List<BucketOutcome> changed = new ArrayList<>();
    BucketChange latest = new BucketChange(null, null, null, null, null, null, null, Conflict.LWW);
    cluster.node(0).changeBucket("clocks", "b", latest, changed::add);
    cluster.until("the bucket is made", 10_000, () -> !changed.isEmpty());
    cluster.home(0).skew(QUARTER_HOUR);
    cluster.cut(0, 2);
    written(cluster.put(0, "b", "k", "1", null, ONE));
    cluster.runFor(100);
    var unused = cluster.get(1, "b", "other", null, ALL);
    cluster.isolate(2);
    written(cluster.put(2, "b", "k", "2", null, ONE));
    cluster.healAll();
    cluster.runFor(10_000);
    Set<Integer> shown = new TreeSet<>();
    for (int node = 0; node < cluster.size(); node++) {
      shown.addAll(Workload.shown(cluster.get(node, "b", "k", null, ALL)));
    }
    return shown;
  }

  @Test
  void aCoordinatorThatMissedAWriteNumbersHigherAfterAnyFrameFromOneThatHasIt() {
    assertThat(writtenByOneThatMissedAWrite(SimWiring.PLAIN)).containsExactly(2);
    assertThat(writtenByOneThatMissedAWrite(PlantedBug.framesCarryNoClock())).containsExactly(1);
  }

  @Test
  void nodesThatSendEachOtherNothingElseKnowTheHighestClock() {
    SimCluster cluster = cluster(42, SimWiring.PLAIN);
    cluster.home(0).skew(QUARTER_HOUR);
    cluster.runFor(70_000);
    cluster.isolate(0);
    assertThat(cluster.node(0).statistics().clockAheadMillis()).isLessThan(30_000);
    for (int node = 1; node < cluster.size(); node++) {
      assertThat(cluster.node(node).statistics().clockAheadMillis())
          .isBetween(QUARTER_HOUR - 70_000, QUARTER_HOUR + 30_000);
      assertThat(cluster.node(node).statistics().countersFarAhead()).isPositive();
    }
    assertThat(cluster.node(0).statistics().countersFarAhead()).isZero();
  }

  @Test
  void aClockADayOffChangesNoOrder() {
    for (long ahead : List.of(DAY, -DAY)) {
      SimCluster cluster = cluster(43, SimWiring.PLAIN);
      cluster.home(0).skew(ahead);
      for (int i = 0; i < 12; i++) {
        written(cluster.put(i % cluster.size(), "b", "k", "" + i, null));
        int reader = (i + 1) % cluster.size();
        assertThat(Workload.shown(cluster.get(reader, "b", "k")))
            .as("%d ms", ahead)
            .containsExactly(i);
      }
    }
  }
}
