package starling.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** An exchange costs what the README says: bytes and round trips, for a million elements. */
class CostTest {
  private static final int KEYS = 1_000_000;

  @Test
  void bytesAndRoundTripsForEachNumberOfDifferences() {
    for (int partitions : new int[] {1, 64}) {
      SortedReplica a = SortedReplica.random(KEYS, partitions, new SplittableRandom(partitions));
      assertCost(a, 0, 100, 1);
      assertCost(a, 1, 1_000, 3);
      assertCost(a, 10, 450 * 10, 3);
      assertCost(a, 1_000, 250 * 1_000, 3);
      assertCost(a, 100_000, 50 * 100_000, 3);
    }
  }

  private static void assertCost(SortedReplica a, int differences, long bytes, int roundTrips) {
    SortedReplica b = a.withChanges(differences, new SplittableRandom(differences));
    SortedReplica.Cost cost = a.exchange(b, 5);
    assertThat(cost.initiatorSends()).isEqualTo(differences);
    assertThat(cost.responderSends()).isEqualTo(differences);
    assertThat(cost.bytes()).as("bytes for %d", differences).isLessThanOrEqualTo(bytes);
    assertThat(cost.roundTrips()).as("for %d", differences).isLessThanOrEqualTo(roundTrips);
    assertThat(cost.longestMessage()).isLessThanOrEqualTo(Messages.MAX_BYTES);
  }

  @Test
  void aRowTakesAByteForEachElementAtMost() {
    SortedReplica a = SortedReplica.random(KEYS, 64, new SplittableRandom(1));
    assertThat(a.bytes()).isLessThanOrEqualTo(KEYS);
  }
}
