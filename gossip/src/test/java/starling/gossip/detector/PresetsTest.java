package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What the presets promise of 50 members where they are meant for. */
class PresetsTest {
  /** Deaths, one after the other, each known to all others within this time; no false one. */
  private static void assertDeathsAreKnown(
      DetectorConfig preset, long minDelayMillis, long meanExtraMillis, long withinMillis) {
    DetectorWorld world = new DetectorWorld(1, Strategy.LIFEGUARD, preset, SwimRules.SWIM);
    world.links.minDelayNanos = minDelayMillis * 1_000_000;
    world.links.meanExtraNanos = meanExtraMillis * 1_000_000;
    List<SimMember> members = world.cluster(50);
    world.run(30_000);
    assertThat(members)
        .allSatisfy(each -> assertThat(each.detector.counters().suspicionsRaised()).isZero());
    for (SimMember victim : members.subList(30, 50)) {
      victim.kill();
      assertThat(world.untilAllKnow(victim)).isBetween(1L, withinMillis);
      world.run(3_000 + world.draw().nextLong(preset.intervalMillis()));
    }
    assertThat(world.falseDeaths).isEmpty();
  }

  @Test
  void onOneMachine() {
    assertDeathsAreKnown(DetectorConfig.LOCAL, 0, 0, 2_500);
  }

  @Test
  void betweenContinents() {
    assertDeathsAreKnown(DetectorConfig.WAN, 40, 30, 25_000);
  }
}
