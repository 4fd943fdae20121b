package starling.loadgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** The parts that decide something, without a cluster. */
class DecisionsTest {
  @Test
  void theWarmUpEndsWhenCostChangesByLessThanFivePercent() {
    WarmUp warmUp = new WarmUp(10);
    for (double cost : new double[] {100, 60, 50}) {
      warmUp.window(cost * 1000, 1000);
      assertThat(warmUp.ended()).as("after %s", cost).isFalse();
    }
    warmUp.window(48 * 1000, 1000);
    assertThat(warmUp.ended()).isTrue();
    assertThat(warmUp.steady()).isTrue();
  }

  @Test
  void theWarmUpIsBoundedAndSaysThatItWasNotSteady() {
    WarmUp warmUp = new WarmUp(3);
    for (int i = 0; i < 3; i++) {
      assertThat(warmUp.ended()).isFalse();
      warmUp.window(0, 0);
    }
    assertThat(warmUp.ended()).isTrue();
    assertThat(warmUp.steady()).as("windows without operations show nothing").isFalse();
    assertThat(new WarmUp(0).ended()).isTrue();
  }

  @Test
  void aDifferenceIsShownOnlyBeyondItsMargin() {
    Difference none = Difference.of(List.of(98.0, 100.0, 102.0), List.of(99.0, 101.0, 103.0));
    assertThat(none.shown()).isFalse();
    assertThat(none.part()).isCloseTo(0.01, within(1e-9));
    // Welch for n = 3 and variance 4 on both sides: 4 degrees of freedom, t = 2.776.
    assertThat(none.margin()).isCloseTo(2.776 * Math.sqrt(8 / 3.0) / 100, within(1e-6));
    assertThat(Difference.of(List.of(98.0, 100.0, 102.0), List.of(109.0, 110.0, 111.0)).shown())
        .isTrue();
    assertThat(Difference.of(List.of(5.0, 5.0), List.of(5.0, 5.0)).shown()).isFalse();
  }

  @Test
  void cpuTimeIsReadBehindTheNameOfTheProgram() {
    String fields = "S 1 1 1 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0";
    assertThat(CpuTime.nanos("42 (a) b) (c) " + fields)).isEqualTo(3_000_000_000L);
    assertThatThrownBy(() -> CpuTime.nanos("42 (a) S 1"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void thePercentileCurveEndsAtFourNines() {
    Histogram nanos = Measurement.histogram();
    for (int i = 1; i <= 100_000; i++) {
      nanos.recordValue(i * 1000L);
    }
    var curve = Numbers.curve(nanos);
    var last = curve.get(curve.size() - 1);
    assertThat(last.get(0).asDouble()).isEqualTo(99.99);
    assertThat(last.get(1).asDouble()).isCloseTo(99_990, within(100.0));
    assertThat(Numbers.percentiles(nanos).get("p50").asDouble()).isCloseTo(50_000, within(50.0));
    assertThat(Numbers.percentiles(nanos).get("max").asDouble()).isCloseTo(100_000, within(100.0));
  }
}
