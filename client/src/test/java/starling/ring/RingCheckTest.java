package starling.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.ring.RingNodes.nodes;
import static starling.ring.RingNodes.plain;
import static starling.ring.RingNodes.ring;

import java.util.List;
import org.junit.jupiter.api.Test;

class RingCheckTest {
  @Test
  void aRingWithAllItsNodesInEveryListPasses() {
    assertThat(RingCheck.refusal(ring(plain(3), 1, 2, 3, 1), 3)).isEmpty();
    assertThat(RingCheck.refusal(ring(plain(1), 1, 1), 3)).as("one node is all there is").isEmpty();
  }

  @Test
  void aPartitionWithoutAnOwnerIsNamed() {
    assertThat(RingCheck.refusal(ring(plain(3), 1, 2, 0, 3), 3))
        .hasValue("partition 2 has no owner");
  }

  @Test
  void listsThatAreTooShortAreRefusedByThePartition() {
    assertThat(RingCheck.refusal(ring(plain(4), 1, 2, 2, 1), 3))
        .hasValueSatisfying(
            words ->
                assertThat(words)
                    .startsWith("partition 0 has 2 distinct nodes where 3 are wanted"));
  }

  @Test
  void listsInTooFewZonesAreRefusedByThePartition() {
    List<RingNode> zones = nodes(4, i -> 100, i -> i == 4 ? "b" : "a");
    assertThat(RingCheck.refusal(ring(zones, 1, 2, 3, 1), 2))
        .hasValueSatisfying(
            words ->
                assertThat(words).startsWith("partition 0 lies in 1 zones where 2 are wanted"));
    assertThat(RingCheck.refusal(ring(zones, 1, 2, 3, 4), 2)).isEmpty();
  }

  @Test
  void aRingWithoutPartitionsIsRefused() {
    assertThat(RingCheck.refusal(RingFacts.UNFOUNDED.ring(), 3))
        .hasValue("the ring has no partitions");
  }

  @Test
  void fiveNodesOnSixteenPartitionsNeverShareAListTwice() {
    RingFacts facts = RingFacts.found(16, 3, plain(5));
    assertThat(RingCheck.refusal(facts.ring(), 3)).isEmpty();
  }
}
