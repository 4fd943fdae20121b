package starling.node.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HintIntakeTest {
  private static final long MILLI = 1_000_000;

  @Test
  void aNodeWithTimeTakesEveryBatch() {
    HandoffAdmission intake = new HandoffAdmission(20 * MILLI);
    for (int i = 0; i < 100; i++) {
      assertThat(intake.takes(false, 0)).isTrue();
    }
  }

  @Test
  void aStrainedNodeTakesBatchesAtASteadyLowRateAndNeverNone() {
    HandoffAdmission intake = new HandoffAdmission(20 * MILLI);
    int taken = 0;
    for (long at = 0; at < 10_000; at++) {
      taken += intake.takes(true, at * MILLI) ? 1 : 0;
    }
    assertThat(taken).isEqualTo(500);
  }
}
