package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HintPaceTest {
  private static final long MILLI = 1_000_000;

  @Test
  void itRestsThreeTimesAsLongAsItWorkedButNotForLong() {
    HintPace pace = new HintPace();
    assertThat(pace.onTaken(5 * MILLI)).isEqualTo(15 * MILLI);
    assertThat(pace.onTaken(40 * MILLI)).isEqualTo(120 * MILLI);
    assertThat(pace.onTaken(4_000 * MILLI)).isEqualTo(1_000 * MILLI);
  }

  @Test
  void aBusyReceiverIsLeftAloneForAMomentThatDoesNotGrow() {
    HintPace pace = new HintPace();
    long first = pace.onBusy();
    for (int i = 0; i < 100; i++) {
      assertThat(pace.onBusy()).isEqualTo(first);
    }
    assertThat(first).isLessThan(100 * MILLI);
  }

  @Test
  void oneThatFailsIsLeftAloneForLongerEachTimeUntilItIsQuickAgain() {
    HintPace pace = new HintPace();
    long before = pace.onFailed();
    for (int i = 0; i < 20; i++) {
      long next = pace.onFailed();
      assertThat(next).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(5_000 * MILLI);
      before = next;
    }
    assertThat(before).isEqualTo(5_000 * MILLI);
    pace.onTaken(5 * MILLI);
    assertThat(pace.onFailed()).isLessThan(200 * MILLI);
  }
}
