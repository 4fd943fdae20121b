package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import starling.gossip.Address;
import starling.gossip.Status;

/** After each kind of restart all views are equal within 10 s of quiet. */
class RestartsTest {
  private static final long QUIET_MILLIS = 10_000;

  static IntStream sizes() {
    return Sizes.all();
  }

  private static DetectorWorld world(int size) {
    return new DetectorWorld(size, Strategy.LIFEGUARD);
  }

  private static void assertAgreement(DetectorWorld world) {
    assertThat(world.untilAgreed(QUIET_MILLIS))
        .as("milliseconds until all views are equal; at the end: %s", world.disagreement())
        .isNotNegative();
    assertThat(world.revivals).as("members that came back without a restart").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void membersThatKnowOnlySeedsFindEachOther(int size) {
    DetectorWorld world = world(size);
    List<Address> addresses = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      addresses.add(world.freshAddress());
    }
    for (int i = 0; i < size; i++) {
      world.start("n" + i, addresses.get(i), world.emptyDirectory(), addresses.subList(0, 3));
    }
    assertAgreement(world);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void allRestartAtOnce(int size) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    world.run(5_000);
    members.forEach(SimMember::kill);
    world.run(500);
    members.forEach(each -> world.restart(each, DetectorWorld.contacts(members)));
    assertAgreement(world);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void membersRestartOneAfterTheOther(int size) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    for (SimMember each : members) {
      each.stop();
      world.run(200);
      world.restart(each, DetectorWorld.contacts(members));
      world.run(Math.max(100, 20_000 / size));
    }
    assertAgreement(world);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void aThirdRestartsWithinASecond(int size) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    world.run(5_000);
    List<SimMember> third = members.subList(0, Math.max(1, size * 3 / 10));
    for (SimMember each : third) {
      each.kill();
      world.sim.after(
          world.draw().nextLong(1_000_000_000L),
          "restart",
          () -> world.restart(each, DetectorWorld.contacts(members)));
    }
    world.run(1_000);
    assertAgreement(world);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void seedsMayBeDown(int size) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    world.run(5_000);
    List<Address> seeds = DetectorWorld.contacts(members);
    members.subList(0, 2).forEach(SimMember::kill);
    world.run(10_000);
    world.start("late", world.freshAddress(), world.emptyDirectory(), seeds);
    SimMember again = members.get(size - 1);
    again.kill();
    world.restart(again, seeds);
    assertAgreement(world);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void theNetworkSplitsAndHeals(int size) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    world.run(5_000);
    world.partition(List.of(members.subList(0, size / 2), members.subList(size / 2, size)));
    world.run(40_000);
    assertThat(members.get(0).sees(members.get(size - 1))).isEqualTo(Status.DEAD);
    world.heal();
    assertAgreement(world);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void aMemberMayFlapForMinutes(int size) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    SimMember flapping = members.get(size - 1);
    int times = size > 500 ? 20 : 100;
    for (int i = 0; i < times; i++) {
      world.run(3_000);
      flapping.kill();
      world.run(3_000);
      flapping = world.restart(flapping, DetectorWorld.contacts(members));
    }
    assertAgreement(world);
    SwimDetector some = (SwimDetector) members.get(0).detector;
    world.run(5_000);
    assertThat(some.waiting()).as("updates and probes that wait").isLessThan(4);
    assertThat(world.falseDeaths).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void aPausedMemberDeclaresNoOtherDead(int size) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    world.run(5_000);
    SimMember paused = members.get(0);
    paused.pause();
    world.run(10_000);
    paused.resume();
    assertAgreement(world);
    assertThat(world.falseDeaths)
        .as("deaths of running members, declared by others than the paused one or by it")
        .allSatisfy(each -> assertThat(each.victim()).isSameAs(paused));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void aMemberRestartsUnderANewAddress(int size) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    world.run(5_000);
    SimMember moved = members.get(1);
    moved.kill();
    // Another member takes the old address.
    SimMember again =
        world.start(
            moved.name,
            world.freshAddress(),
            moved.directory,
            List.of(members.get(0).address, members.get(2).address));
    world.start("other", moved.address, world.emptyDirectory(), DetectorWorld.contacts(members));
    assertAgreement(world);
    world.run(5_000);
    assertThat(world.falseDeaths).isEmpty();
    assertThat(members.get(3).sees(again)).isEqualTo(Status.ALIVE);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void ofTwoProcessesWithOneIdTheLowerStops(int size) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    world.run(5_000);
    SimMember first = members.get(size - 1);
    SimMember second =
        world.start(
            first.name,
            world.freshAddress(),
            first.directory.copy(),
            DetectorWorld.contacts(members));
    world.run(QUIET_MILLIS);
    assertThat(List.of(first.running(), second.running())).containsExactly(false, true);
    assertThat(first.stepDownReason).contains("another process runs as node");
    assertAgreement(world);
  }

  @ParameterizedTest
  @CsvSource({"5, true", "5, false", "50, true", "50, false"})
  void aDirectoryFromABackupRaisesItsIncarnation(int size, boolean deathWasNoticed) {
    DetectorWorld world = world(size);
    List<SimMember> members = world.cluster(size);
    SimMember.Directory backup = members.get(4).directory.copy();
    backup.incarnation--;
    SimMember member = members.get(4);
    for (int i = 0; i < 3; i++) {
      world.run(2_000);
      member.kill();
      member = world.restart(member, DetectorWorld.contacts(members));
    }
    world.run(5_000);
    long remembered = member.detector.self().incarnation();
    member.kill();
    if (deathWasNoticed) {
      world.run(10_000);
    }
    SimMember restored = world.start("n4", member.address, backup, DetectorWorld.contacts(members));
    assertThat(restored.detector.self().incarnation()).isLessThan(remembered);
    assertAgreement(world);
    assertThat(restored.detector.self().incarnation()).isGreaterThan(remembered);
    assertThat(restored.directory.incarnation)
        .as("durable before use")
        .isGreaterThanOrEqualTo(restored.detector.self().incarnation());
  }
}
