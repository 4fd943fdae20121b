package starling.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.ring.RingNodes.id;
import static starling.ring.RingNodes.ids;
import static starling.ring.RingNodes.nodes;
import static starling.ring.RingNodes.plain;
import static starling.ring.RingNodes.ring;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RingTest {
  private static final List<RingNode> THREE_ZONES =
      nodes(6, i -> 100, i -> List.of("a", "b", "c").get((i - 1) / 2));

  @Test
  void aListIsTheFirstDistinctNodesClockwise() {
    Ring ring = ring(plain(4), 1, 2, 1, 1, 3, 2, 4, 4);
    assertThat(ring.preferenceList(0, 3)).isEqualTo(ids(1, 2, 3));
    assertThat(ring.preferenceList(2, 3)).isEqualTo(ids(1, 3, 2));
    assertThat(ring.preferenceList(6, 3)).as("past the end").isEqualTo(ids(4, 1, 2));
    assertThat(ring.preferenceList(0, 1)).isEqualTo(ids(1));
  }

  @Test
  void aListWithFewerNodesThanWantedHoldsThemAll() {
    Ring ring = ring(plain(4), 1, 2, 2, 1);
    assertThat(ring.preferenceList(1, 3)).isEqualTo(ids(2, 1));
    assertThat(ring.holders()).isEqualTo(2);
  }

  @Test
  void listsLieInDistinctZonesWhileThereAreEnough() {
    Ring ring = ring(THREE_ZONES, 1, 2, 3, 4, 5, 6, 1, 3);
    assertThat(ring.preferenceList(0, 3)).isEqualTo(ids(1, 3, 5));
    assertThat(ring.preferenceList(3, 3)).isEqualTo(ids(4, 5, 1));
    assertThat(ring.preferenceList(0, 5)).as("second round").isEqualTo(ids(1, 3, 5, 2, 4));
  }

  @Test
  void withTwoZonesNoListLiesInOneOfThem() {
    Ring ring = ring(THREE_ZONES, 1, 2, 1, 2, 1, 2, 1, 3);
    for (int partition = 0; partition < 8; partition++) {
      assertThat(ring.preferenceList(partition, 2)).contains(id(3));
    }
  }

  @Test
  void theListForNIsTheBeginningOfTheListForOneMore() {
    for (int seed = 0; seed < 200; seed++) {
      Ring ring = random(new Random(seed));
      for (int n = 1; n < ring.holders(); n++) {
        for (int partition = 0; partition < ring.partitions(); partition++) {
          assertThat(ring.preferenceList(partition, n + 1).subList(0, n))
              .as("seed %d", seed)
              .isEqualTo(ring.preferenceList(partition, n));
        }
      }
    }
  }

  @Test
  void listsFollowTheRuleAsItIsSpokenOnAnyRing() {
    for (int seed = 0; seed < 300; seed++) {
      Ring ring = random(new Random(seed));
      for (int n = 1; n <= 5; n++) {
        for (int partition = 0; partition < ring.partitions(); partition++) {
          assertThat(ring.preferenceList(partition, n))
              .as("seed %d partition %d n %d of %s", seed, partition, n, ring.ownerIds())
              .isEqualTo(spoken(ring, partition, n));
        }
      }
    }
  }

  @Test
  void aFallbackStandsInForAPrimaryThatIsNotAlive() {
    Ring ring = ring(plain(5), 1, 2, 3, 4, 5, 1, 2, 3);
    assertThat(ring.fallbacks(0, 3, id -> true)).isEmpty();
    assertThat(ring.fallbacks(0, 3, id -> !id.equals(id(2))))
        .containsExactly(new Fallback(id(4), id(2)));
    assertThat(ring.fallbacks(0, 3, id -> ids(3, 5).contains(id)))
        .as("nobody is left for the second one")
        .containsExactly(new Fallback(id(5), id(1)));
  }

  @Test
  void aFallbackComesFromTheZoneThatLostItsReplica() {
    Ring ring = ring(THREE_ZONES, 1, 3, 5, 4, 6, 2, 1, 3);
    assertThat(ring.fallbacks(0, 3, id -> !id.equals(id(1))))
        .containsExactly(new Fallback(id(2), id(1)));
    assertThat(ring.fallbacks(0, 3, id -> !ids(1, 2).contains(id)))
        .as("the whole zone is gone")
        .containsExactly(new Fallback(id(4), id(1)));
  }

  @Test
  void fallbacksAreLiveDistinctAndOutsideTheList() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      Ring ring = random(random);
      Set<UUID> dead = new HashSet<>();
      ring.nodes().stream().filter(x -> random.nextInt(3) == 0).forEach(x -> dead.add(x.id()));
      int partition = random.nextInt(ring.partitions());
      List<UUID> list = ring.preferenceList(partition, 3);
      List<Fallback> found = ring.fallbacks(partition, 3, id -> !dead.contains(id));
      Set<UUID> standing = new TreeSet<>();
      Set<UUID> replaced = new TreeSet<>();
      for (Fallback fallback : found) {
        assertThat(dead).as("seed %d", seed).contains(fallback.primary());
        assertThat(dead).as("seed %d", seed).doesNotContain(fallback.node());
        assertThat(list).as("seed %d", seed).contains(fallback.primary());
        assertThat(list).as("seed %d", seed).doesNotContain(fallback.node());
        standing.add(fallback.node());
        replaced.add(fallback.primary());
      }
      long deadInList = list.stream().filter(dead::contains).count();
      long liveOutside =
          new HashSet<>(ring.ownerIds())
              .stream()
                  .filter(id -> id != null && !list.contains(id) && !dead.contains(id))
                  .count();
      assertThat(found).as("seed %d", seed).hasSize((int) Math.min(deadInList, liveOutside));
      assertThat(standing).hasSameSizeAs(found);
      assertThat(replaced).hasSameSizeAs(found);
    }
  }

  @Test
  void aRingThatIsNotFoundedHasEmptyLists() {
    Ring ring = RingFacts.UNFOUNDED.ring();
    assertThat(ring.founded()).isFalse();
    assertThat(ring.partitions()).isZero();
    assertThat(ring.preferenceList(ring.partition(-1L), 3)).isEmpty();
    assertThat(ring.fallbacks(0, 3, id -> true)).isEmpty();
  }

  @Test
  void tokensOfUnknownNodesArePassedOver() {
    Ring ring = ring(plain(2), 1, 9, 2, 9);
    assertThat(ring.preferenceList(1, 3)).isEqualTo(ids(2, 1));
    assertThat(ring.ownerId(1)).isNull();
  }

  @Test
  void equalContentsHaveEqualHashesInEveryProcess() {
    List<RingNode> reversed = new ArrayList<>(plain(3));
    java.util.Collections.reverse(reversed);
    Ring ring = ring(plain(3), 1, 2, 3, 1);
    assertThat(ring(reversed, 1, 2, 3, 1).hash()).isEqualTo(ring.hash());
    assertThat(String.format("%016x", ring.hash())).isEqualTo("33611eb4cadd6303");
    assertThat(ring(plain(3), 1, 2, 1, 3).hash()).isNotEqualTo(ring.hash());
    assertThat(ring(plain(4), 1, 2, 3, 1).hash()).isNotEqualTo(ring.hash());
    assertThat(ring(nodes(3, i -> 100, i -> "z"), 1, 2, 3, 1).hash()).isNotEqualTo(ring.hash());
  }

  @Test
  void anImpossibleNumberOfReplicasIsRefused() {
    Ring ring = ring(plain(2), 1, 2);
    assertThatThrownBy(() -> ring.preferenceList(0, 0)).hasMessageContaining("n must be 1 to 16");
    assertThatThrownBy(() -> ring.preferenceList(0, 17)).hasMessageContaining("not 17");
  }

  private static Ring random(Random random) {
    int count = 1 + random.nextInt(8);
    int zones = 1 + random.nextInt(4);
    List<RingNode> nodes = nodes(count, i -> 100, i -> "zone" + random.nextInt(zones));
    int[] owners = new int[32];
    for (int i = 0; i < owners.length; i++) {
      owners[i] = random.nextInt(count + 1);
    }
    owners[0] = 1;
    return ring(nodes, owners);
  }

  /** Round after round: clockwise, the next distinct node of each zone that has one left. */
  private static List<UUID> spoken(Ring ring, int partition, int n) {
    List<UUID> clockwise = new ArrayList<>();
    for (int i = 0; i < ring.partitions(); i++) {
      UUID owner = ring.ownerId((partition + i) % ring.partitions());
      if (owner != null && !clockwise.contains(owner)) {
        clockwise.add(owner);
      }
    }
    List<UUID> list = new ArrayList<>();
    while (!clockwise.isEmpty()) {
      Set<String> zonesOfRound = new HashSet<>();
      clockwise.removeIf(
          id -> zonesOfRound.add(ring.nodes().get(ring.indexOf(id)).zone()) && list.add(id));
    }
    return list.subList(0, Math.min(n, list.size()));
  }
}
