package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;

/** Each planted bug breaks one rule, and the check of that rule finds it. */
class PlantedBugsTest {
  private static void assertFound(Consumer<SwimRules> check, SwimRules bug) {
    check.accept(SwimRules.SWIM);
    assertThatThrownBy(() -> check.accept(bug)).isInstanceOf(AssertionError.class);
  }

  private static DetectorWorld world(long seed, SwimRules rules) {
    return new DetectorWorld(seed, Strategy.LIFEGUARD, DetectorConfig.LAN, rules);
  }

  /** A member that was cut off for long enough is alive again for all. */
  private static void aMemberThatWasCutOffComesBack(SwimRules rules) {
    DetectorWorld world = world(1, rules);
    List<SimMember> members = world.cluster(8);
    world.run(2_000);
    world.partition(List.of(members.subList(0, 7), members.subList(7, 8)));
    world.run(15_000);
    assertThat(members.get(0).sees(members.get(7))).isEqualTo(Status.DEAD);
    world.heal();
    assertThat(world.untilAgreed(20_000)).as(world.disagreement()).isNotNegative();
  }

  @Test
  void theIncarnationIsNotRaised() {
    assertFound(
        PlantedBugsTest::aMemberThatWasCutOffComesBack,
        new SwimRules() {
          @Override
          long refutation(long accused) {
            return accused;
          }
        });
  }

  @Test
  void aRefutationIsIgnored() {
    assertFound(
        PlantedBugsTest::aMemberThatWasCutOffComesBack,
        new SwimRules() {
          @Override
          boolean supersedes(
              ProcessIncarnation life,
              Status status,
              ProcessIncarnation known,
              Status knownStatus) {
            boolean refutes = status == Status.ALIVE && life.sameProcess(known);
            return !refutes && super.supersedes(life, status, known, knownStatus);
          }
        });
  }

  @Test
  void aSuspicionIsNeverConfirmed() {
    assertFound(
        rules -> {
          DetectorWorld world = world(2, rules);
          List<SimMember> members = world.cluster(20);
          world.run(2_000);
          members.get(19).kill();
          assertThat(world.untilAllKnow(members.get(19))).isBetween(0L, 6_000L);
        },
        new SwimRules() {
          @Override
          long suspicionNanos(DetectorConfig config, int confirmations, int expected, int health) {
            return Long.MAX_VALUE;
          }
        });
  }

  /** A member that loses most of what reaches it doubts itself and accuses others rarely. */
  @Test
  void localHealthIsIgnored() {
    assertFound(
        rules -> {
          DetectorWorld world = world(3, rules);
          List<SimMember> members = world.cluster(20);
          members.get(0).deafness = 0.8;
          world.run(120_000);
          long accusations =
              members.get(0).detector.counters().probes(DetectorCounters.ProbeResult.FAILED);
          assertThat(accusations).isLessThan(30);
        },
        new SwimRules() {
          @Override
          int stretch(DetectorConfig config, int health) {
            return 1;
          }
        });
  }

  @Test
  void aDeadMemberIsForgottenTooEarly() {
    assertFound(
        rules -> {
          DetectorWorld world = world(4, rules);
          List<SimMember> members = world.cluster(8);
          world.run(2_000);
          SimMember paused = members.get(0);
          paused.pause();
          SimMember ended = members.get(7);
          ended.kill();
          world.run(60_000);
          paused.resume();
          world.run(20_000);
          assertThat(world.revivals).isEmpty();
          for (SimMember each : members.subList(0, 7)) {
            assertThat(each.sees(ended)).isEqualTo(Status.DEAD);
          }
        },
        new SwimRules() {
          @Override
          boolean forgets(DetectorConfig config, long deadNanos) {
            return deadNanos >= 5_000_000_000L;
          }
        });
  }

  @Test
  void digestsAreEqualWhereTablesDiffer() {
    assertFound(
        rules -> {
          DetectorWorld world = world(5, rules);
          List<SimMember> members = world.cluster(30);
          world.run(2_000);
          SimMember late = members.get(0);
          world.partition(List.of(members.subList(1, 30), members.subList(0, 1)));
          for (SimMember each : members.subList(25, 30)) {
            each.stop();
          }
          // Until the update is no longer spread.
          world.run(3_000);
          late.detector.tick(world.sim.nanoTime());
          world.heal();
          for (SimMember each : members.subList(25, 30)) {
            each.kill();
          }
          world.run(7_000);
          for (SimMember each : members.subList(25, 30)) {
            assertThat(late.sees(each)).isEqualTo(Status.DEAD);
          }
        },
        new SwimRules() {
          @Override
          long hash(UUID id, ProcessIncarnation life, Status status) {
            return super.hash(id, life, Status.ALIVE);
          }
        });
  }
}
