package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import starling.gossip.Address;
import starling.gossip.DepartureIntent;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.sim.SplitMix;

/** Push-pull by digest between two tables that are connected by hand. */
class TableSyncTest {
  private static final UUID CLUSTER = new UUID(0, 99);

  private final List<Update> rowsSent = new ArrayList<>();
  private int packets;
  private int bytes;

  private static Member member(int number) {
    SplitMix random = new SplitMix(number);
    return new Member(
        new UUID(random.nextLong(), random.nextLong()),
        new ProcessIncarnation(1, number),
        "node-" + number,
        new Address("10.0." + number / 250 + "." + number % 250, 7946),
        new Address("10.0." + number / 250 + "." + number % 250, 8080),
        "zone-a",
        1,
        "1.0.0",
        1);
  }

  private static SwimDetector with(int self, int... lastAndMissing) {
    SwimDetector detector =
        new SwimDetector(DetectorConfig.LAN, CLUSTER, member(self), new SplitMix(self));
    detector.start(List.of(), 0);
    List<Member> known = new ArrayList<>();
    for (int i = 0; i < lastAndMissing[0]; i++) {
      boolean missing = false;
      for (int j = 1; j < lastAndMissing.length; j++) {
        missing |= lastAndMissing[j] == i;
      }
      if (!missing) {
        known.add(member(i));
      }
    }
    detector.introduce(known, 0);
    detector.drain();
    return detector;
  }

  /** Compares two tables once; their own introductions have been spread before. */
  private void compare(SwimDetector a, SwimDetector b) {
    byte[] root = Packets.packet(CLUSTER, a.self(), new Body.Root(rootOf(a)));
    deliver(a, b, root, 0);
  }

  private static long rootOf(SwimDetector detector) {
    long sum = 0;
    for (MemberSnapshot each : detector.members()) {
      sum += SwimRules.SWIM.hash(each.member().id(), each.member().life(), each.status());
    }
    return sum;
  }

  private void deliver(SwimDetector from, SwimDetector to, byte[] packet, int depth) {
    assertThat(depth).as("steps of one comparison").isLessThan(10);
    assertThat(packet.length).isLessThanOrEqualTo(PacketCodec.MAX_BYTES);
    packets++;
    bytes += packet.length;
    Packet read = PacketCodec.decode(packet);
    if (read.body() instanceof Body.Updates updates && updates.rows()) {
      rowsSent.addAll(read.updates());
    }
    to.onPacket(from.self().peer(), packet, false, 1);
    for (DetectorAction each : to.drain()) {
      if (each instanceof DetectorAction.Send send) {
        deliver(to, from, send.packet(), depth + 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5, 50, 1_000, 4_000})
  void equalTablesCompareInAtMostTwoHundredBytes(int size) {
    compare(with(0, size), with(1, size));
    assertThat(packets).isEqualTo(1);
    assertThat(bytes).isLessThanOrEqualTo(200);
    assertThat(rowsSent).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 50, 1_000, 4_000})
  void onlyRowsThatDifferTravel(int size) {
    SwimDetector a = with(0, size, 7);
    SwimDetector b = with(1, size, 8, 9);
    compare(a, b);
    assertThat(rowsSent)
        .extracting(Update::id)
        .containsExactlyInAnyOrder(member(7).id(), member(8).id(), member(9).id());
    assertThat(rootOf(a)).isEqualTo(rootOf(b));
    assertThat(bytes).as("bytes for three rows").isLessThan(5_000);
  }

  @Test
  void aRowThatDiffersGetsTheHigherStatement() {
    SwimDetector a = with(0, 1_000);
    SwimDetector b = with(1, 1_000);
    a.ban(member(5).id(), 0);
    assertThat(rootOf(a)).isNotEqualTo(rootOf(b));
    compare(b, a);
    assertThat(b.status(member(5).id())).isEqualTo(Status.LEFT);
    assertThat(rootOf(a)).isEqualTo(rootOf(b));
  }

  @Test
  void aNewMemberGetsTheWholeTableInPacketsOfBoundedSize() {
    SwimDetector a = with(0, 300);
    SwimDetector b = with(1, 2);
    compare(b, a);
    assertThat(b.members()).hasSize(300);
    assertThat(rootOf(a)).isEqualTo(rootOf(b));
  }

  @Test
  void aDepartureIsARowThatDiffers() {
    SwimDetector a = with(0, 100);
    SwimDetector b = with(1, 100);
    a.leave(DepartureIntent.STOPPED, 0);
    a.drain();
    compare(a, b);
    assertThat(b.status(a.self().id())).isEqualTo(Status.DEAD);
  }
}
