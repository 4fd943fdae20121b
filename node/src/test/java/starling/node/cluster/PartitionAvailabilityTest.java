package starling.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import starling.ring.Ring;
import starling.ring.RingFacts;
import starling.ring.RingNode;

class PartitionAvailabilityTest {
  private static final int PARTITIONS = 64;
  private static final UUID A = new UUID(0, 1);
  private static final UUID B = new UUID(0, 2);
  private static final UUID C = new UUID(0, 3);

  private static Ring ring() {
    List<RingNode> nodes = new ArrayList<>();
    for (UUID id : List.of(A, B, C)) {
      nodes.add(RingNode.normal(id));
    }
    return RingFacts.found(PARTITIONS, 3, nodes).ring();
  }

  @Test
  void eachPartitionCountsOnceByItsLivePrimaries() {
    assertThat(PartitionAvailability.of(ring(), 3, Set.of(A, B, C)))
        .isEqualTo(new PartitionAvailability(PARTITIONS, 0, 0));
    assertThat(PartitionAvailability.of(ring(), 3, Set.of(A, C)))
        .isEqualTo(new PartitionAvailability(0, PARTITIONS, 0));
    assertThat(PartitionAvailability.of(ring(), 3, Set.of(A)))
        .isEqualTo(new PartitionAvailability(0, 0, PARTITIONS));
    PartitionAvailability two = PartitionAvailability.of(ring(), 2, Set.of(A, B));
    assertThat(two.allPrimaries() + two.noQuorum()).as("half is no majority").isEqualTo(PARTITIONS);
    assertThat(two.allPrimaries()).isBetween(1, PARTITIONS - 1);
  }

  @Test
  void aChangeOfTheLiveMembersIsCounted() {
    PartitionAvailability.Cache cache = new PartitionAvailability.Cache();
    assertThat(cache.get(RingFacts.UNFOUNDED.ring(), 3, Set.of(A)).noQuorum()).isZero();
    assertThat(cache.get(ring(), 3, Set.of(A, B, C)).allPrimaries()).isEqualTo(PARTITIONS);
    assertThat(cache.get(ring(), 3, Set.of(A, B)).quorum()).isEqualTo(PARTITIONS);
  }
}
