package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
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

  /** Fifty members, one of them at 5 % of a processor, all with 5 % loss. */
  @Test
  void atMostOneFalseDeathInADay() {
    assumeThat(Sizes.LONG).as("-Dstarling.gossip.long=true").isTrue();
    int deaths = 0;
    for (long hour = 1; hour <= 24; hour++) {
      FaultFigures.Count count =
          FaultFigures.SLOW_AND_LOSS.count(Strategy.LIFEGUARD, 50, 3_600_000, hour);
      deaths += count.ofHealthy() + count.ofSuffering();
    }
    assertThat(deaths).isLessThanOrEqualTo(1);
  }

  @Test
  void tenMinutesOfAThousandMembersTakeAMinuteOfProcessor() {
    assumeThat(Sizes.LONG).as("-Dstarling.gossip.long=true").isTrue();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long began = threads.getCurrentThreadCpuTime();
    DetectorWorld world = new DetectorWorld(1, Strategy.LIFEGUARD);
    world.cluster(1_000);
    world.run(600_000);
    assertThat(world.falseDeaths).isEmpty();
    assertThat(threads.getCurrentThreadCpuTime() - began).isLessThan(60_000_000_000L);
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
