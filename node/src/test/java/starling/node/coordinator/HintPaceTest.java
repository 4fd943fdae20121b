package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HintPaceTest {
  private static final long MILLI = 1_000_000;

  @Test
  void itGrowsWithEveryQuickBatchUpToABound() {
    HintPace pace = new HintPace();
    assertThat(pace.window()).isEqualTo(1);
    for (int i = 0; i < 20; i++) {
      pace.onTaken(5 * MILLI);
    }
    assertThat(pace.window()).isEqualTo(8);
  }

  @Test
  void aSlowBatchHalvesIt() {
    HintPace pace = new HintPace();
    for (int i = 0; i < 20; i++) {
      pace.onTaken(5 * MILLI);
    }
    pace.onTaken(50 * MILLI);
    assertThat(pace.window()).isEqualTo(8);
    pace.onTaken(200 * MILLI);
    assertThat(pace.window()).isEqualTo(4);
  }

  @Test
  void aBusyReceiverIsLeftAloneForAMomentThatDoesNotGrow() {
    HintPace pace = new HintPace();
    for (int i = 0; i < 20; i++) {
      pace.onTaken(5 * MILLI);
    }
    long first = pace.onBusy();
    for (int i = 0; i < 100; i++) {
      assertThat(pace.onBusy()).isEqualTo(first);
    }
    assertThat(pace.window()).isEqualTo(1);
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
