package starling.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static starling.ring.RingNodes.id;
import static starling.ring.RingNodes.nodes;
import static starling.ring.RingNodes.plain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Evenness and movement, measured. Load is counted in (partition, replica) pairs against the fair
 * share of a node's weight within what is possible: three replicas in three zones put one whole
 * copy into each zone, so that zones of unequal size can be even only within themselves.
 */
class TokenAllocationTest {
  private static final int N = 3;
  private static final double EVEN = 0.97;
  private static final double IDEAL = 1.1;
  private static final int[][] NODES_AND_PARTITIONS = {
    {3, 1024}, {5, 1024}, {10, 1024}, {30, 1024}, {100, 4096}, {300, 16384}, {1000, 32768}
  };

  @Test
  void equalNodesShareEvenlyAndLittleMoves() {
    measureAllSizes("plain", i -> 100, i -> "");
  }

  @Test
  void weightsAreFollowed() {
    measureUpTo(100, "weights 2:3:2", i -> i % 3 == 2 ? 150 : 100, i -> "");
    measureAllSizes("weights 1:1:1:2", i -> i % 4 == 0 ? 200 : 100, i -> "");
    measureUpTo(100, "weights 1:4", i -> i % 2 == 0 ? 400 : 100, i -> "");
  }

  @Test
  void zonesAreFollowed() {
    measureUpTo(100, "2 zones", i -> 100, i -> "z" + i % 2);
    measureAllSizes("3 zones", i -> 100, i -> "z" + i % 3);
    measureUpTo(100, "5 zones", i -> 100, i -> "z" + i % 5);
  }

  @Test
  void zonesOfUnequalSizeAndWeightsTogetherAreFollowed() {
    measureAllSizes("3 zones 5:3:2", i -> 100, i -> "z" + (i % 10 < 5 ? 0 : i % 10 < 8 ? 1 : 2));
    measureAllSizes("3 zones, 1:1:1:2", i -> i % 4 == 0 ? 200 : 100, i -> "z" + i % 3);
  }

  @Test
  void aClusterGrowsNodeByNodeAndShrinksAgain() {
    Random random = new Random(1);
    List<RingNode> members = new ArrayList<>(plain(3));
    Ring ring = Ring.of(1, members, TokenAllocation.found(1024, members, N));
    double least = 1;
    double most = 0;
    for (int i = 4; i <= 57; i++) {
      if (i <= 30) {
        members.add(RingNode.normal(id(i)));
      } else {
        members.remove(random.nextInt(members.size()));
      }
      Ring next = Ring.of(i, members, TokenAllocation.allocate(ring, members, N));
      assertThat(RingCheck.refusal(next, N)).as("change %d", i).isEmpty();
      least = Math.min(least, RingLoad.of(next, N).efficiency());
      most = Math.max(most, moved(ring, next) / movesNeeded(ring, next));
      ring = next;
    }
    System.out.printf(
        "3 to 30 and back, one by one: least even %.4f, most moved %.3f%n", least, most);
    assertThat(ring.holders()).isEqualTo(3);
    assertThat(least).isGreaterThanOrEqualTo(EVEN);
    assertThat(most).isLessThanOrEqualTo(IDEAL);
  }

  @Test
  void zonesComeAndGoAndEveryRingIsSound() {
    for (int seed = 0; seed < 15; seed++) {
      Random random = new Random(seed);
      List<RingNode> members = new ArrayList<>(plain(1));
      Ring ring = Ring.of(1, members, TokenAllocation.found(256, members, N));
      for (int i = 2; i <= 25; i++) {
        if (members.size() > 1 && random.nextInt(3) == 0) {
          members.remove(random.nextInt(members.size()));
        } else {
          members.add(RingNode.normal(id(i)).withZone("z" + random.nextInt(4)));
        }
        ring = Ring.of(i, members, TokenAllocation.allocate(ring, members, N));
        assertThat(RingCheck.refusal(ring, N)).as("seed %d change %d", seed, i).isEmpty();
        assertThat(ring.holders()).as("seed %d change %d", seed, i).isEqualTo(members.size());
        assertThat(RingLoad.of(ring, N).efficiency())
            .as("seed %d change %d", seed, i)
            .isGreaterThanOrEqualTo(0.88);
      }
    }
  }

  @Test
  void manyNodesJoinAndLeaveAtOnce() {
    List<RingNode> old = plain(20);
    List<RingNode> next = new ArrayList<>(plain(28).subList(4, 28));
    Ring before = Ring.of(1, old, TokenAllocation.found(1024, old, N));
    Ring after = Ring.of(2, next, TokenAllocation.allocate(before, next, N));
    assertThat(RingCheck.refusal(after, N)).isEmpty();
    assertThat(RingLoad.of(after, N).efficiency()).isGreaterThanOrEqualTo(EVEN);
    assertThat(moved(before, after) / movesNeeded(before, after)).isLessThanOrEqualTo(1.25);
  }

  @Test
  void aNodeThatIsReplacedHandsItsLoadToTheNewOne() {
    List<RingNode> old = plain(10);
    List<RingNode> next = new ArrayList<>(plain(11));
    next.remove(4);
    Ring before = Ring.of(1, old, TokenAllocation.found(1024, old, N));
    Ring after = Ring.of(2, next, TokenAllocation.allocate(before, next, N));
    assertThat(RingLoad.of(after, N).efficiency()).isGreaterThanOrEqualTo(EVEN);
    assertThat(moved(before, after) / movesNeeded(before, after)).isLessThanOrEqualTo(IDEAL);
  }

  @Test
  void aNodeWhoseWeightChangesTakesItsNewShare() {
    List<RingNode> old = plain(10);
    List<RingNode> next = new ArrayList<>(old);
    next.set(3, old.get(3).withWeight(150));
    Ring before = Ring.of(1, old, TokenAllocation.found(1024, old, N));
    Ring after = Ring.of(2, next, TokenAllocation.allocate(before, next, N));
    assertThat(RingLoad.of(after, N).efficiency()).isGreaterThanOrEqualTo(EVEN);
    assertThat(moved(before, after) / movesNeeded(before, after)).isLessThanOrEqualTo(IDEAL);
  }

  @Test
  void nothingMovesWhenNothingChanged() {
    for (int count : new int[] {1, 2, 3, 4, 10, 30}) {
      List<RingNode> nodes = plain(count);
      Ring ring = Ring.of(1, nodes, TokenAllocation.found(1024, nodes, N));
      assertThat(TokenAllocation.allocate(ring, nodes, N)).isEqualTo(ring.ownerIds());
    }
  }

  @Test
  void aRingLeftUnevenIsLevelledByAllocatingAgain() {
    List<RingNode> nodes = plain(12);
    List<UUID> lopsided = new ArrayList<>();
    for (int token = 0; token < 1024; token++) {
      lopsided.add(id(1 + (token % 7 == 0 ? token % 2 : token % 12)));
    }
    Ring before = Ring.of(1, nodes, lopsided);
    Ring after = Ring.of(2, nodes, TokenAllocation.allocate(before, nodes, N));
    assertThat(RingLoad.of(before, N).efficiency()).isLessThan(0.8);
    assertThat(RingLoad.of(after, N).efficiency()).isGreaterThanOrEqualTo(EVEN);
  }

  @Test
  void anyMixtureOfWeightsAndZonesIsFoundedEvenly() {
    for (int seed = 0; seed < 60; seed++) {
      List<RingNode> nodes = mixture(new Random(seed));
      Ring ring = Ring.of(1, nodes, TokenAllocation.found(1024, nodes, N));
      assertThat(RingCheck.refusal(ring, N)).as("seed %d", seed).isEmpty();
      assertThat(RingLoad.of(ring, N).efficiency())
          .as("seed %d", seed)
          .isGreaterThanOrEqualTo(EVEN);
    }
  }

  @Test
  void theOnlyNodeOfAZoneJoinsEveryList() {
    List<RingNode> nodes = nodes(10, i -> 100, i -> i == 10 ? "c" : i % 2 == 0 ? "a" : "b");
    Ring before = Ring.of(1, nodes, TokenAllocation.found(1024, nodes.subList(0, 9), N));
    Ring after = Ring.of(2, nodes, TokenAllocation.allocate(before, nodes, N));
    assertThat(RingCheck.refusal(after, N)).isEmpty();
    assertThat(RingLoad.of(after, N).pairs(9)).isEqualTo(1024);
    assertThat(RingLoad.of(after, N).efficiency()).isGreaterThanOrEqualTo(EVEN);
  }

  @Test
  void fairSharesAddUpAndRespectWhatIsPossible() {
    for (int seed = 0; seed < 300; seed++) {
      List<RingNode> nodes = mixture(new Random(seed));
      Ring ring = Ring.of(1, nodes, TokenAllocation.found(64, nodes, 1));
      RingLoad load = RingLoad.of(ring, N);
      double sum = 0;
      for (int node = 0; node < ring.nodes().size(); node++) {
        assertThat(load.fairShare(node)).as("seed %d", seed).isBetween(0.0, 64.0);
        sum += load.fairShare(node);
      }
      assertThat(sum).as("seed %d", seed).isCloseTo(64.0 * N, within(1e-6));
    }
  }

  @Test
  void allocatingToNobodyIsRefused() {
    assertThatThrownBy(() -> TokenAllocation.found(8, List.of(), N))
        .hasMessageContaining("0 nodes");
    assertThatThrownBy(() -> TokenAllocation.found(9, plain(3), N))
        .hasMessageContaining("power of two");
  }

  private static void measureAllSizes(
      String name, IntUnaryOperator weight, IntFunction<String> zone) {
    measureUpTo(1000, name, weight, zone);
  }

  private static void measureUpTo(
      int most, String name, IntUnaryOperator weight, IntFunction<String> zone) {
    for (int[] size : NODES_AND_PARTITIONS) {
      int count = size[0];
      if (count > most) {
        return;
      }
      List<RingNode> members = nodes(count, weight, zone);
      List<RingNode> oneMore = nodes(count + 1, weight, zone);
      List<RingNode> oneLess = new ArrayList<>(members);
      oneLess.remove(count / 2);
      long start = System.nanoTime();
      Ring founded = Ring.of(1, members, TokenAllocation.found(size[1], members, N));
      long found = System.nanoTime();
      Ring joined = Ring.of(2, oneMore, TokenAllocation.allocate(founded, oneMore, N));
      long join = System.nanoTime();
      Ring left = Ring.of(3, oneLess, TokenAllocation.allocate(founded, oneLess, N));
      long leave = System.nanoTime();
      double even = RingLoad.of(founded, N).efficiency();
      double evenJoined = RingLoad.of(joined, N).efficiency();
      double evenLeft = RingLoad.of(left, N).efficiency();
      double movedIn = moved(founded, joined) / movesNeeded(founded, joined);
      // With no more nodes than replicas the others hold everything already.
      double movedOut = count <= N ? 0 : moved(founded, left) / movesNeeded(founded, left);
      System.out.printf(
          "%-16s %4d nodes %5d partitions | even %.4f %4d ms"
              + " | join: even %.4f moved %.3f %4d ms | leave: even %.4f moved %.3f %4d ms%n",
          name,
          count,
          size[1],
          even,
          millis(start, found),
          evenJoined,
          movedIn,
          millis(found, join),
          evenLeft,
          movedOut,
          millis(join, leave));
      for (Ring ring : List.of(founded, joined, left)) {
        assertThat(RingCheck.refusal(ring, N)).as("%s, %d nodes", name, count).isEmpty();
      }
      assertThat(List.of(even, evenJoined, evenLeft))
          .as("evenness of %s, %d nodes", name, count)
          .allMatch(efficiency -> efficiency >= EVEN);
      assertThat(List.of(movedIn, movedOut))
          .as("movement of %s, %d nodes", name, count)
          .allMatch(share -> share <= IDEAL);
    }
  }

  /** How many (partition, replica) pairs are held by nodes that did not hold them before. */
  private static int moved(Ring before, Ring after) {
    int moved = 0;
    for (int partition = 0; partition < before.partitions(); partition++) {
      Set<UUID> held = new HashSet<>(before.preferenceList(partition, N));
      for (UUID id : after.preferenceList(partition, N)) {
        moved += held.contains(id) ? 0 : 1;
      }
    }
    return moved;
  }

  /** The fair shares that newcomers take over, or that those who left hand to others. */
  private static double movesNeeded(Ring before, Ring after) {
    RingLoad was = RingLoad.of(before, N);
    RingLoad is = RingLoad.of(after, N);
    double needed = 0;
    for (int node = 0; node < after.nodes().size(); node++) {
      int index = before.indexOf(after.nodes().get(node).id());
      needed += Math.max(0, is.fairShare(node) - (index < 0 ? 0 : was.fairShare(index)));
    }
    return Math.max(1, needed);
  }

  private static List<RingNode> mixture(Random random) {
    int zones = 1 + random.nextInt(5);
    int weights = 1 + random.nextInt(3);
    return nodes(4 + random.nextInt(28), i -> 100, i -> "").stream()
        .map(node -> node.withWeight(100 * (1 + random.nextInt(weights))))
        .map(node -> node.withZone("z" + random.nextInt(zones)))
        .collect(Collectors.toList());
  }

  private static long millis(long from, long to) {
    return (to - from) / 1_000_000;
  }
}
