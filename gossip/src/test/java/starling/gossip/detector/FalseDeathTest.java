package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Under faults, SWIM with Lifeguard calls no running member dead that suffers none itself. */
class FalseDeathTest {
  @ParameterizedTest
  @EnumSource(FaultFigures.class)
  void aMemberThatSuffersNoFaultIsNotCalledDead(FaultFigures fault) {
    long millis = Sizes.LONG ? 3_600_000 : 300_000;
    FaultFigures.Count count = fault.count(Strategy.LIFEGUARD, 20, millis, 1);
    assertThat(count.ofHealthy()).isLessThanOrEqualTo(fault == FaultFigures.LOSS_30 ? 1 : 0);
    if (fault != FaultFigures.PAUSES) {
      assertThat(count.ofSuffering()).isZero();
    }
  }

  /** The slow-member experiment of the Lifeguard paper. */
  @Test
  void blockedMembersCauseFiftyTimesFewerFalseDeathsThanInPlainSwim() {
    int plain = FaultFigures.blockedInTurns(Strategy.PLAIN_SWIM, 50, 4, 2_048, 64, 1);
    int lifeguard = FaultFigures.blockedInTurns(Strategy.LIFEGUARD, 50, 4, 2_048, 64, 1);
    assertThat(plain).isGreaterThan(100);
    assertThat(lifeguard * 50).isLessThanOrEqualTo(plain);
  }
}
