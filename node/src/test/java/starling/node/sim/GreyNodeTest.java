package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import starling.node.metrics.NodeCounters;
import starling.node.request.ReadOutcome;
import starling.sim.NetworkFaults;

/** Histories with a node that is there and answers, but takes long. */
class GreyNodeTest {
  private static final int KEYS = 50;
  private static final int READS = 2_000;
  private static final int GREY = 4;

  private static SimCluster cluster(long seed) {
    SimCluster cluster = new SimCluster(seed, 5).awaitReady();
    for (int key = 0; key < KEYS; key++) {
      cluster.put(key % 5, "b", "k" + key, "1", "");
    }
    return cluster;
  }

  /** Times of so many reads in milliseconds, sorted; no client asks the grey node itself. */
  private static double[] reads(SimCluster cluster) {
    double[] times = new double[READS];
    for (int i = 0; i < READS; i++) {
      int key = i % KEYS;
      long begun = cluster.sim().nanoTime();
      ReadOutcome outcome = cluster.get(i % GREY, "b", "k" + key);
      times[i] = (cluster.sim().nanoTime() - begun) / 1e6;
      assertThat(outcome).isInstanceOf(ReadOutcome.Found.class);
    }
    Arrays.sort(times);
    return times;
  }

  private static long hedges(SimCluster cluster) {
    long hedges = 0;
    for (int i = 0; i < GREY; i++) {
      hedges += cluster.node(i).statistics().counters().hedges;
    }
    return hedges;
  }

  private static void slow(SimCluster cluster, int node, long nanos) {
    String name = cluster.home(node).peer.toString();
    for (int other = 0; other < cluster.size(); other++) {
      if (other != node) {
        NetworkFaults delay = NetworkFaults.NONE.withDelay(nanos, nanos / 10);
        cluster.network().faults(cluster.home(other).peer.toString(), name, delay);
        cluster.network().faults(name, cluster.home(other).peer.toString(), delay);
      }
    }
  }

  @Test
  void readsOfASlowNodesKeysFinishAtTheSpeedOfTheOthers() {
    SimCluster cluster = cluster(11);
    double[] before = reads(cluster);
    long hedgedBefore = hedges(cluster);
    slow(cluster, GREY, 40_000_000);
    double[] after = reads(cluster);
    assertThat(after[READS / 2]).isLessThan(1.5 * before[READS / 2] + 0.5);
    assertThat(after[READS * 98 / 100]).isLessThan(before[READS * 98 / 100] + 15);
    assertThat(after[READS - 1]).as("80 ms is what the slow node takes").isLessThan(75);
    assertThat(hedges(cluster) - hedgedBefore).isBetween(1L, READS / 10L);
    long won = 0;
    for (int i = 0; i < GREY; i++) {
      won += cluster.node(i).statistics().counters().hedgesWon;
    }
    assertThat(won).isPositive();
  }

  @Test
  void whenAllAreSlowHedgesStayWithinTheirBudget() {
    SimCluster cluster = cluster(12);
    reads(cluster);
    long hedgedBefore = hedges(cluster);
    for (int i = 0; i < cluster.size(); i++) {
      slow(cluster, i, 40_000_000);
    }
    double seconds = -cluster.sim().nanoTime() / 1e9;
    reads(cluster);
    seconds += cluster.sim().nanoTime() / 1e9;
    double allowed = GREY * (64 + 4 * seconds) + 0.05 * READS;
    assertThat((double) (hedges(cluster) - hedgedBefore)).isLessThanOrEqualTo(allowed);
    NodeCounters first = cluster.node(0).statistics().counters();
    assertThat(first.hedges + first.hedgesWithheld).isPositive();
  }
}
