package starling.node.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HintPaceTest {
  private static final long MILLI = 1_000_000;
  private static final long MINUTE = 60_000 * MILLI;

  @Test
  void whatWasKeptForLongIsHomeInThreeMinutes() {
    assertThat(timeFor(150_000, 5 * MILLI)).isBetween(5 * MINUTE / 2, 3 * MINUTE);
    assertThat(timeFor(30_000, 5 * MILLI)).isBetween(58_000 * MILLI, 62_000 * MILLI);
  }

  /** Until so many hints are delivered, in batches of a hundred that take about so long. */
  private static long timeFor(int hints, long tookNanos) {
    HandoffThrottle pace = new HandoffThrottle(0);
    long now = 0;
    for (int left = hints; left > 0; left -= 100) {
      long took = tookNanos + left / 100 % 10 * MILLI;
      now += took;
      now += pace.onTaken(took, 100, left, now);
    }
    return now;
  }

  @Test
  void fewHintsDoNotDawdle() {
    HandoffThrottle pace = new HandoffThrottle(0);
    assertThat(pace.onTaken(5 * MILLI, 1, 300, 0)).isEqualTo(15 * MILLI);
    assertThat(pace.onTaken(5 * MILLI, 1, 0, 0)).isEqualTo(15 * MILLI);
  }

  @Test
  void howeverManyAndHoweverLateItRestsThreeTimesAsLongAsItWorked() {
    HandoffThrottle pace = new HandoffThrottle(0);
    assertThat(pace.onTaken(20 * MILLI, 100, 1 << 30, MINUTE)).isEqualTo(60 * MILLI);
    assertThat(pace.onTaken(20 * MILLI, 100, 1_000, 5 * MINUTE)).isEqualTo(60 * MILLI);
    assertThat(pace.onTaken(4_000 * MILLI, 100, 1_000, 5 * MINUTE)).isEqualTo(5_000 * MILLI);
  }

  @Test
  void aBusyReceiverIsLeftAloneForAMomentThatHardlyGrows() {
    HandoffThrottle pace = new HandoffThrottle(0);
    assertThat(pace.onBusy()).isEqualTo(25 * MILLI);
    for (int i = 0; i < 100; i++) {
      assertThat(pace.onBusy()).isLessThanOrEqualTo(100 * MILLI);
    }
    pace.onTaken(5 * MILLI, 1, 1, 0);
    assertThat(pace.onBusy()).isEqualTo(25 * MILLI);
  }

  @Test
  void oneThatFailsIsLeftAloneForLongerEachTimeUntilItIsQuickAgain() {
    HandoffThrottle pace = new HandoffThrottle(0);
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
