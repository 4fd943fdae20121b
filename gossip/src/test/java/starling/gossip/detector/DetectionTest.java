package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import starling.gossip.Status;

/** True deaths are known in seconds at every size, and running members are not called dead. */
class DetectionTest {
  static IntStream sizes() {
    return Sizes.all();
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void aDeathIsKnownToAllWithinFiveSeconds(int size) {
    int deaths = size > 50 ? 20 : 100;
    List<Long> millis = new ArrayList<>();
    for (int seed = 1; millis.size() < deaths; seed++) {
      DetectorWorld world = new DetectorWorld(seed, Strategy.LIFEGUARD);
      List<SimMember> members = world.cluster(size);
      world.run(5_000);
      for (int i = 0; i < Math.max(1, Math.min(10, size / 10)); i++) {
        SimMember victim = members.get(size - 1 - i);
        victim.kill();
        millis.add(world.untilAllKnow(victim));
        world.run(world.draw().nextLong(2_000, 4_000));
      }
      assertThat(world.falseDeaths).isEmpty();
    }
    Collections.sort(millis);
    assertThat(millis.get(0)).isPositive();
    assertThat(millis.get(millis.size() * 19 / 20)).as("19 of 20").isLessThanOrEqualTo(5_000);
    assertThat(millis.get(millis.size() - 1)).as("all").isLessThanOrEqualTo(6_000);
  }

  @Test
  void aRefusedConnectionRaisesASuspicionAtOnceThatStillNeedsItsTime() {
    DetectorWorld world = new DetectorWorld(1, Strategy.LIFEGUARD);
    world.links.refuses = true;
    List<SimMember> members = world.cluster(5);
    world.run(5_000);
    SimMember witness = members.get(0);
    SimMember victim = members.get(4);
    victim.kill();
    witness.refused(victim.address);
    assertThat(witness.sees(victim)).isEqualTo(Status.SUSPECT);
    long known = world.untilAllKnow(victim);
    assertThat(known).isBetween(1_500L, 2_200L);
  }

  @Test
  void aProcessThatRestartsQuicklyIsNotCalledDeadAlthoughItsAddressRefused() {
    DetectorWorld world = new DetectorWorld(2, Strategy.LIFEGUARD);
    world.links.refuses = true;
    List<SimMember> members = world.cluster(5);
    world.run(5_000);
    members.get(4).kill();
    members.forEach(each -> each.refused(members.get(4).address));
    world.run(800);
    SimMember again = world.restart(members.get(4), DetectorWorld.contacts(members));
    assertThat(world.untilAgreed(2_000)).isNotNegative();
    assertThat(members.get(0).sees(again)).isEqualTo(Status.ALIVE);
    assertThat(world.falseDeaths).isEmpty();
  }

  @Test
  void aDepartureIsKnownAtOnce() {
    DetectorWorld world = new DetectorWorld(3, Strategy.LIFEGUARD);
    List<SimMember> members = world.cluster(50);
    world.run(5_000);
    members.get(7).stop();
    assertThat(world.untilAllKnow(members.get(7))).isBetween(0L, 1_000L);
  }

  /** One member with 5 % of a processor, all with 5 % loss, for an hour. */
  @ParameterizedTest
  @ValueSource(ints = {20})
  void noFalseDeathInAnHourWithASlowMemberAndLoss(int size) {
    DetectorWorld world = new DetectorWorld(4, Strategy.LIFEGUARD);
    world.links.loss = 0.05;
    List<SimMember> members = world.cluster(size);
    members.get(3).slowTo(0.05, 200_000);
    world.run(Sizes.LONG ? 3_600_000 : 900_000);
    assertThat(world.falseDeaths).isEmpty();
    assertThat(world.untilAgreed(10_000)).isNotNegative();
  }

  @Test
  void membersStayAliveWhereDatagramsAreDropped() {
    DetectorWorld world = new DetectorWorld(5, Strategy.LIFEGUARD);
    world.links.dropsDatagrams = true;
    List<SimMember> members = world.cluster(20);
    world.run(120_000);
    assertThat(world.falseDeaths).isEmpty();
    members.get(19).kill();
    assertThat(world.untilAllKnow(members.get(19))).isBetween(0L, 8_000L);
    SimMember late =
        world.start(
            "late", world.freshAddress(), world.emptyDirectory(), DetectorWorld.contacts(members));
    assertThat(world.untilAgreed(10_000)).isNotNegative();
    assertThat(late.detector.counters().probes(DetectorCounters.ProbeResult.STREAM)).isPositive();
  }

  @Test
  void trafficOfAMemberIsConstantInTheSizeOfTheCluster() {
    double few = bytesPerSecond(5);
    double many = bytesPerSecond(Sizes.LONG ? 1_000 : 200);
    assertThat(many).isBetween(few * 0.9, few * 1.1);
    assertThat(many).as("bytes per member and second").isLessThan(1_000);
  }

  private static double bytesPerSecond(int size) {
    DetectorWorld world = new DetectorWorld(6, Strategy.LIFEGUARD);
    world.cluster(size);
    world.run(10_000);
    long before = world.links.wireBytes;
    world.run(20_000);
    return (world.links.wireBytes - before) / 20.0 / size;
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void theSameSeedGivesTheSameTrace(Strategy strategy) {
    assertThat(trace(7, strategy)).isEqualTo(trace(7, strategy)).isNotEqualTo(trace(8, strategy));
  }

  private static String trace(long seed, Strategy strategy) {
    DetectorWorld world = new DetectorWorld(seed, strategy);
    world.links.loss = 0.1;
    List<SimMember> members = world.cluster(10);
    members.get(1).slowTo(0.05, 200_000);
    world.run(5_000);
    members.get(9).kill();
    world.run(10_000);
    world.restart(members.get(9), DetectorWorld.contacts(members));
    world.run(10_000);
    return world.sim.trace().hash();
  }
}
