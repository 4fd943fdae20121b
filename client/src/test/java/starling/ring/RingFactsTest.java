package starling.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static starling.ring.RingNodes.id;
import static starling.ring.RingNodes.plain;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RingFactsTest {
  private static final int CASES = 5_000;

  @Test
  void joiningIsCommutativeAssociativeAndIdempotent() {
    for (int seed = 0; seed < CASES; seed++) {
      Random random = new Random(seed);
      RingFacts a = RandomFacts.make(random);
      RingFacts b = RandomFacts.make(random);
      RingFacts c = RandomFacts.make(random);
      RingFacts ab = a.join(b);
      assertThat(ab).as("commutative, seed %d", seed).isEqualTo(b.join(a));
      assertThat(ab.join(c)).as("associative, seed %d", seed).isEqualTo(a.join(b.join(c)));
      assertThat(a.join(a)).as("idempotent, seed %d", seed).isEqualTo(a);
      assertThat(ab.join(b)).as("absorbing, seed %d", seed).isEqualTo(ab);
    }
  }

  @Test
  void equalFactsMakeEqualRings() {
    for (int seed = 0; seed < 1_000; seed++) {
      Random random = new Random(seed);
      RingFacts a = RandomFacts.make(random);
      RingFacts b = RandomFacts.make(random);
      assertThat(a.join(b).ring().hash()).as("seed %d", seed).isEqualTo(b.join(a).ring().hash());
    }
  }

  @Test
  void phasesAndBansOnlyGoForward() {
    for (int seed = 0; seed < CASES; seed++) {
      Random random = new Random(seed);
      RingFacts a = RandomFacts.make(random);
      RingFacts joined = a.join(RandomFacts.make(random));
      assertThat(joined.bans()).as("seed %d", seed).containsAll(a.bans());
      for (NodeFact before : a.nodes().values()) {
        NodeFact after = joined.nodes().get(before.id());
        assertThat(after.phase()).as("seed %d", seed).isGreaterThanOrEqualTo(before.phase());
      }
    }
  }

  @Test
  void everyMergedRingCanBeUsed() {
    for (int seed = 0; seed < 1_000; seed++) {
      Random random = new Random(seed);
      Ring ring = RandomFacts.make(random).join(RandomFacts.make(random)).ring();
      for (int partition = 0; partition < ring.partitions(); partition++) {
        assertThat(ring.preferenceList(partition, 3))
            .as("seed %d", seed)
            .hasSize(Math.min(3, ring.holders()))
            .doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void aBannedNodeNeverComesBack() {
    RingFacts facts = RingFacts.found(16, 3, plain(4));
    RingFacts banned = facts.withBan(id(2));
    RingFacts retold = banned.join(facts.withNode(RingNode.normal(id(2)).withZone("new")));
    assertThat(retold.ring().contains(id(2))).isFalse();
    assertThat(retold.ring().ownerIds()).doesNotContain(id(2));
    assertThat(retold.bans()).containsExactly(id(2));
    assertThat(retold.ring().preferenceList(0, 3)).hasSize(3);
  }

  @Test
  void aPartitionClaimedTwiceGoesToTheLowerIdOnAllNodes() {
    RingFacts base = RingFacts.found(4, 3, plain(3));
    RingFacts toSeven = base.withPartitions(Collections.nCopies(4, id(7)));
    RingFacts toFive = base.withPartitions(Collections.nCopies(4, id(5)));
    assertThat(toSeven.join(toFive).partitionFacts()).allMatch(fact -> id(5).equals(fact.owner()));
    assertThat(toFive.join(toSeven)).isEqualTo(toSeven.join(toFive));
  }

  @Test
  void aLaterChangeWinsOverWhatItWasMadeOn() {
    RingFacts base = RingFacts.found(4, 3, plain(3)).withPartitions(Collections.nCopies(4, id(1)));
    RingFacts later = base.withPartitions(Collections.nCopies(4, id(3)));
    assertThat(base.join(later)).isEqualTo(later);
  }

  @Test
  void onlyPartitionsThatChangeHandsAreCountedUp() {
    RingFacts facts = RingFacts.found(4, 3, plain(2));
    List<@Nullable UUID> owners = new ArrayList<>(facts.ring().ownerIds());
    owners.set(2, id(1).equals(owners.get(2)) ? id(2) : id(1));
    RingFacts changed = facts.withPartitions(owners);
    assertThat(changed.partitionFacts())
        .extracting(PartitionFact::counter)
        .containsExactly(1L, 1L, 2L, 1L);
    assertThat(changed.ring().version()).isEqualTo(facts.ring().version() + 1);
    assertThat(changed.ring().hash()).isNotEqualTo(facts.ring().hash());
  }

  @Test
  void aNodeThatLeftIsNoLongerInTheRing() {
    RingFacts facts = RingFacts.found(8, 3, plain(3));
    RingNode second = facts.ring().nodes().get(1);
    RingFacts left = facts.withNode(second.withPhase(Phase.LEFT)).withNode(second);
    assertThat(left.ring().contains(second.id())).isFalse();
  }

  @Test
  void theFactsOfTwoClustersAreNotJoined() {
    RingFacts eight = RingFacts.found(8, 3, plain(3));
    RingFacts four = RingFacts.found(4, 3, plain(3));
    assertThatThrownBy(() -> eight.join(four)).hasMessageContaining("two clusters");
  }

  @Test
  void factsBeforeTheFoundingJoinThoseOfTheFounder() {
    RingFacts newcomer = RingFacts.UNFOUNDED.withNode(RingNode.normal(id(9)));
    RingFacts founded = RingFacts.found(8, 3, plain(1));
    RingFacts joined = newcomer.join(founded);
    assertThat(joined.partitions()).isEqualTo(8);
    assertThat(joined.ring().nodes()).extracting(RingNode::id).containsExactly(id(1), id(9));
  }
}
