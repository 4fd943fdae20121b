package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.node.peer.Tampering;
import starling.node.request.Condition;
import starling.node.request.Quorum;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.sim.fault.PlantedBug;
import starling.node.version.Content;

/** Histories in which a primary and the fallback that replaces it both take a write. */
class PositionHistoriesTest {
  private static final int SEEDS = 20;

  @Test
  void anAcknowledgedWriteFillsAsManyPositionsAsItsQuorum() {
    int acknowledged = 0;
    int bugShows = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      int positions = positionsWhenAcknowledged(seed, SimWiring.PLAIN);
      assertThat(positions).as("seed %d", seed).isGreaterThanOrEqualTo(2);
      acknowledged += positions == NEVER ? 0 : 1;
      bugShows +=
          positionsWhenAcknowledged(seed, PlantedBug.fallbacksFillAnyPosition()) < 2 ? 1 : 0;
    }
    assertThat(acknowledged).as("seeds in which it is acknowledged").isPositive();
    assertThat(bugShows).as("seeds in which the planted bug shows").isPositive();
  }

  private static final int NEVER = Integer.MAX_VALUE;

  /**
   * The coordinator's own disk is slow, and it reaches neither the third primary nor the second
   * fallback. The other primary is paused until its fallback has taken the write.
   *
   * @return how many positions of the list hold the write when it is acknowledged
   */
  private static int positionsWhenAcknowledged(long seed, SimWiring wiring) {
    SimCluster cluster = new SimCluster(seed, 5, wiring, SimCluster.Options.PLAIN).awaitReady();
    List<Integer> primaries = cluster.primaries("b", "k");
    int a = primaries.get(0);
    int b = primaries.get(1);
    cluster.runFor(2_000);
    cluster.home(b).slowDisk(2_000);
    cluster.cut(b, primaries.get(2));
    cluster.cut(b, cluster.others(primaries).get(1));
    cluster.home(a).pause();
    List<WriteOutcome> outcomes = new ArrayList<>();
    cluster.write(
        b,
        "b",
        "k",
        Content.json(SimCluster.bytes("1")),
        "",
        Condition.NONE,
        RequestOptions.NONE,
        outcomes::add);
    cluster.runFor(75);
    cluster.home(a).resume();
    cluster.until("it is answered", 20_000, () -> !outcomes.isEmpty());
    return outcomes.get(0) instanceof WriteOutcome.Written ? positions(cluster, "b", "k") : NEVER;
  }

  /**
   * The connections to the primaries stand half open, so each of them may be there: the coordinator
   * and the other fallback replace two of them all the same.
   */
  @Test
  void fallbacksTakeABlindWriteWhileAllPrimariesAreCutOff() {
    for (long seed = 1; seed <= 6; seed++) {
      SimCluster cluster = new SimCluster(seed, 5).awaitReady();
      List<Integer> primaries = cluster.primaries("b", "k");
      List<Integer> others = cluster.others(primaries);
      primaries.forEach(primary -> others.forEach(other -> cluster.cut(primary, other)));
      cluster.runFor(20_000);
      for (int door : others) {
        assertThat(cluster.put(door, "b", "k", "1", null))
            .as("seed %d", seed)
            .isInstanceOf(WriteOutcome.Written.class);
      }
      assertThat(positions(cluster, "b", "k")).as("seed %d", seed).isGreaterThanOrEqualTo(2);
    }
  }

  /** A primary and two of the four fallbacks are paused; no node has noticed yet. */
  @Test
  void aFallbackThatIsSilentTooIsReplacedByTheNext() {
    for (long seed = 1; seed <= 12; seed++) {
      SimCluster cluster = new SimCluster(seed, 7).awaitReady();
      cluster.runFor(3_000);
      List<Integer> primaries = cluster.primaries("b", "k");
      List<Integer> others = cluster.others(primaries);
      cluster.home(primaries.get(0)).pause();
      cluster.home(others.get((int) (seed % 4))).pause();
      cluster.home(others.get((int) ((seed / 4 + 1 + seed) % 4))).pause();
      RequestOptions all = new RequestOptions(null, Quorum.ALL, null, null, null, null);
      assertThat(cluster.put(primaries.get(1), "b", "k", "1", "", all))
          .as("seed %d", seed)
          .isInstanceOf(WriteOutcome.Written.class);
      assertThat(positions(cluster, "b", "k")).as("seed %d", seed).isEqualTo(3);
    }
  }

  private static int positions(SimCluster cluster, String bucket, String key) {
    Set<UUID> positions = new TreeSet<>();
    for (int i = 0; i < cluster.size(); i++) {
      SimProcess process = cluster.home(i).process();
      positions.addAll(
          cluster.<Set<UUID>>ask(
              done -> Tampering.position(process.storage, process.home.id, bucket, key, done)));
    }
    return positions.size();
  }
}
