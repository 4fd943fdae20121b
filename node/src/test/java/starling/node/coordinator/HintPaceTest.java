package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HintPaceTest {
  private static final long MILLI = 1_000_000;

  private static final long MINUTE = 60_000 * MILLI;

  @Test
  void whatWasKeptForLongIsHomeInThreeMinutes() {
    HintPace pace = new HintPace(0);
    long now = 0;
    for (int left = 100_000; left > 0; left -= 100) {
      long took = (1L + left / 100 % 10) * 5 * MILLI;
      now += took;
      now += pace.onTaken(took, 100, left, now);
    }
    assertThat(now).isBetween(5 * MINUTE / 2, 3 * MINUTE);
  }

  @Test
  void aFewHintsDoNotDawdle() {
    HintPace pace = new HintPace(0);
    assertThat(pace.onTaken(5 * MILLI, 100, 1_000, 0)).isEqualTo(60 * MILLI);
    assertThat(pace.onTaken(5 * MILLI, 100, 0, 0)).isEqualTo(60 * MILLI);
    assertThat(pace.onTaken(4_000 * MILLI, 100, 0, 0)).isEqualTo(1_000 * MILLI);
  }

  @Test
  void howeverLateItRestsAsLongAsItWorked() {
    HintPace pace = new HintPace(0);
    assertThat(pace.onTaken(20 * MILLI, 100, 1 << 30, MINUTE)).isEqualTo(20 * MILLI);
    assertThat(pace.onTaken(20 * MILLI, 100, 1_000, 5 * MINUTE)).isEqualTo(20 * MILLI);
    assertThat(pace.onTaken(4_000 * MILLI, 100, 1_000, 5 * MINUTE)).isEqualTo(1_000 * MILLI);
  }

  @Test
  void aBusyReceiverIsLeftAloneForAMomentThatDoesNotGrow() {
    HintPace pace = new HintPace(0);
    long first = pace.onBusy();
    for (int i = 0; i < 100; i++) {
      assertThat(pace.onBusy()).isEqualTo(first);
    }
    assertThat(first).isLessThan(100 * MILLI);
  }

  @Test
  void oneThatFailsIsLeftAloneForLongerEachTimeUntilItIsQuickAgain() {
    HintPace pace = new HintPace(0);
    long before = pace.onFailed();
    for (int i = 0; i < 20; i++) {
      long next = pace.onFailed();
      assertThat(next).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(5_000 * MILLI);
      before = next;
    }
    assertThat(before).isEqualTo(5_000 * MILLI);
    pace.onTaken(5 * MILLI, 1, 1, 0);
    assertThat(pace.onFailed()).isLessThan(200 * MILLI);
  }
}
