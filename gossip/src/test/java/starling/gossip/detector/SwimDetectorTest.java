package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.gossip.detector.DetectorCounters.ProbeResult;

/** One detector, packet by packet. */
class SwimDetectorTest {
  private static final Member PEER = Packets.member(2);

  private static Update about(Member member, Status status, Member... accusers) {
    List<UUID> by = List.of(accusers).stream().map(Member::id).toList();
    return new Update(member.id(), member.life(), status, by, 0, null);
  }

  private static Body.@Nullable Ping pingTo(Packets at, Member member) {
    for (Packet each : at.sentTo(member.peer())) {
      if (each.body() instanceof Body.Ping ping) {
        return ping;
      }
    }
    return null;
  }

  @Test
  void aPacketHasTheseBytes() {
    byte[] bytes =
        Packets.packet(
            Packets.CLUSTER,
            PEER,
            new Body.Ping(300, Packets.id(1)),
            about(Packets.member(3), Status.SUSPECT, PEER));
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            "010101"
                + "00000000000000000000000000000063"
                + "00000000000000000000000000000002"
                + "050000000000000066"
                + "03"
                + "ac02"
                + "00000000000000000000000000000001"
                + "01"
                + "00000000000000000000000000000003"
                + "050000000000000067"
                + "01"
                + "00000000000000000000000000000002");
    Packet read = PacketCodec.decode(bytes);
    assertThat(read.updates()).containsExactly(about(Packets.member(3), Status.SUSPECT, PEER));
    Update full = Update.introduction(PEER);
    byte[] introduction = Packets.packet(Packets.CLUSTER, PEER, new Body.Root(7), full);
    assertThat(PacketCodec.decode(introduction).updates()).containsExactly(full);
  }

  @Test
  void eachMemberIsProbedOnceInARound() {
    Packets at = new Packets().knowing(11);
    Map<Address, Integer> probed = new LinkedHashMap<>();
    for (int i = 0; i < 20; i++) {
      at.run(500);
      for (DetectorAction each : at.actions) {
        if (each instanceof DetectorAction.Send send
            && !send.stream()
            && PacketCodec.decode(send.packet()).body() instanceof Body.Ping ping
            && send.to().equals(Packets.address(ping.target().getLeastSignificantBits()))) {
          probed.merge(send.to(), 1, Integer::sum);
          Member target = Packets.member(ping.target().getLeastSignificantBits());
          at.detector.onPacket(
              send.to(),
              Packets.packet(Packets.CLUSTER, target, new Body.Ack(ping.sequence())),
              false,
              at.nowNanos);
        }
      }
      at.actions.clear();
    }
    assertThat(probed).hasSize(10).allSatisfy((to, times) -> assertThat(times).isEqualTo(2));
    assertThat(at.detector.counters().probes(ProbeResult.DIRECT)).isEqualTo(20);
  }

  @Test
  void aSilentMemberIsProbedThroughHelpersAndThenSuspect() {
    Packets at = new Packets().knowing(2);
    Packets many = new Packets().knowing(6);
    many.run(1_000);
    long requests =
        many.actions.stream()
            .filter(each -> each instanceof DetectorAction.Send)
            .map(each -> PacketCodec.decode(((DetectorAction.Send) each).packet()).body())
            .filter(body -> body instanceof Body.PingRequest)
            .count();
    assertThat(requests).isGreaterThanOrEqualTo(3);
    at.run(1_400);
    assertThat(at.detector.status(PEER.id())).isEqualTo(Status.SUSPECT);
    MemberSnapshot row = at.detector.members().get(1);
    assertThat(row.accusers()).containsExactly(Packets.id(1));
    at.run(1_700);
    assertThat(at.detector.status(PEER.id())).isEqualTo(Status.DEAD);
  }

  @Test
  void theTableSaysSinceWhenAndWhetherAPacketOfAMemberHasCome() {
    Packets at = new Packets();
    long startedNanos = at.nowNanos;
    at.run(700);
    at.knowing(3);
    at.run(300);
    at.receive(PEER, new Body.Updates(false));
    List<MemberSnapshot> rows = at.detector.members();
    assertThat(rows)
        .extracting(MemberSnapshot::contactNanos)
        .containsExactly(null, at.nowNanos, null);
    assertThat(rows.get(0).heartbeat()).as("its own count").isBetween(1L, 3L);
    assertThat(rows.get(0).sinceNanos()).isEqualTo(startedNanos);
    assertThat(rows.get(1).sinceNanos()).isEqualTo(startedNanos + 700_000_000);
  }

  @Test
  void aSuspicionThatAnotherMemberEndsIsConfirmedHereToo() {
    Packets at = new Packets().knowing(5);
    at.receive(PEER, new Body.Updates(false), about(Packets.member(3), Status.SUSPECT, PEER));
    at.receive(PEER, new Body.Updates(false), about(Packets.member(3), Status.DEAD));
    assertThat(at.detector.counters().suspicionsRaised()).isOne();
    assertThat(at.detector.counters().suspicionsConfirmed()).isOne();
  }

  @Test
  void aHelperPingsAndForwardsTheAnswerOrANack() {
    Packets at = new Packets().knowing(3);
    Member target = Packets.member(3);
    at.receive(PEER, new Body.PingRequest(40, target.id()));
    Body.Ping ping = pingTo(at, target);
    assertThat(ping).isNotNull();
    at.receive(target, new Body.Ack(ping.sequence()));
    assertThat(at.sentTo(PEER.peer())).extracting(Packet::body).contains(new Body.Ack(40));
    at.receive(PEER, new Body.PingRequest(42, target.id()));
    at.run(400);
    assertThat(at.sentTo(PEER.peer())).extracting(Packet::body).contains(new Body.Nack(42));
  }

  @Test
  void aSuspicionIsRefutedOnlyWithADurableIncarnation() {
    Packets at = new Packets();
    assertThat(at.detector.drain())
        .contains(new DetectorAction.PersistIncarnation(5 + OwnIdentity.RESERVE));
    at.knowing(3);
    at.receive(PEER, new Body.Updates(false), about(Packets.member(1), Status.SUSPECT, PEER));
    assertThat(at.detector.self().incarnation()).as("not durable yet").isEqualTo(5);
    at.detector.incarnationPersisted(5 + OwnIdentity.RESERVE, at.nowNanos);
    assertThat(at.detector.self().incarnation()).isEqualTo(6);
    at.run(200);
    assertThat(at.sentTo(PEER.peer()))
        .flatExtracting(Packet::updates)
        .contains(Update.introduction(at.detector.self()));
  }

  @Test
  void aPacketToASuspectSaysSo() {
    Packets at = new Packets().knowing(3);
    at.receive(PEER, new Body.Updates(false), about(Packets.member(3), Status.SUSPECT, PEER));
    at.actions.clear();
    at.receive(Packets.member(3), new Body.Ping(8, Packets.id(1)));
    Packet ack = at.sentTo(Packets.address(3)).get(0);
    assertThat(ack.updates().get(0)).isEqualTo(about(Packets.member(3), Status.SUSPECT, PEER));
  }

  /** Its refutation may have reached all members but this one. */
  @Test
  void halfwayThroughASuspicionTheTableIsComparedWithOthers() {
    Packets at = new Packets().knowing(20);
    Member[] accusers = {PEER, Packets.member(4), Packets.member(5), Packets.member(6)};
    at.receive(PEER, new Body.Updates(false), about(Packets.member(3), Status.SUSPECT, accusers));
    at.run(700);
    at.actions.clear();
    at.run(200);
    long comparisons =
        at.actions.stream()
            .filter(each -> each instanceof DetectorAction.Send)
            .map(each -> PacketCodec.decode(((DetectorAction.Send) each).packet()).body())
            .filter(body -> body instanceof Body.Root)
            .count();
    assertThat(comparisons).isGreaterThanOrEqualTo(2);
  }

  /** Of 100 members that hear of a suspicion, about ten probe the suspect themselves. */
  @Test
  void someOfThoseThatHearOfASuspicionProbeTheSuspect() {
    int probing = 0;
    for (long seed = 1; seed <= 1_000; seed++) {
      Packets at = new Packets(DetectorConfig.LAN, SwimRules.SWIM, seed).knowing(100);
      at.receive(
          Packets.member(3),
          new Body.Updates(false),
          about(PEER, Status.SUSPECT, Packets.member(3)));
      probing += pingTo(at, PEER) == null ? 0 : 1;
    }
    assertThat(probing).isBetween(70, 130);
    Packets few = new Packets().knowing(5);
    few.receive(
        Packets.member(3), new Body.Updates(false), about(PEER, Status.SUSPECT, Packets.member(3)));
    assertThat(pingTo(few, PEER)).as("where members are few, each of them does").isNotNull();
  }

  @Test
  void confirmationsShortenASuspicionAndARepeatedAccuserDoesNot() {
    DetectorConfig lan = DetectorConfig.LAN;
    SwimRules rules = SwimRules.SWIM;
    assertThat(rules.suspicionNanos(lan, 0, 3, 0)).isEqualTo(3_000_000_000L);
    assertThat(rules.suspicionNanos(lan, 1, 3, 8)).isEqualTo(2_250_000_000L);
    assertThat(rules.suspicionNanos(lan, 3, 3, 8)).isEqualTo(1_500_000_000L);
    assertThat(rules.suspicionNanos(lan.plain(), 0, 3, 8)).isEqualTo(1_500_000_000L);
    assertThat(rules.suspicionNanos(lan, 0, 3, 2)).as("bad health").isEqualTo(9_000_000_000L);
    Suspicion suspicion = new Suspicion(3, 0);
    assertThat(suspicion.accuse(Packets.id(2))).isTrue();
    assertThat(suspicion.accuse(Packets.id(2))).isFalse();
    assertThat(suspicion.due(rules, lan, 0, 2_900_000_000L)).isFalse();
    assertThat(suspicion.accuse(Packets.id(3))).isTrue();
    assertThat(suspicion.due(rules, lan, 0, 2_900_000_000L)).isTrue();
    suspicion.postpone(1_000_000_000L);
    assertThat(suspicion.due(rules, lan, 0, 2_900_000_000L)).isFalse();
  }

  @Test
  void aMemberThatWasForgottenComesBackOnlyWithAHigherIncarnation() {
    Packets at = new Packets(DetectorConfig.LAN.withRetention(10), SwimRules.SWIM).knowing(3);
    Member gone = Packets.member(3);
    at.receive(PEER, new Body.Updates(false), about(gone, Status.DEAD));
    at.run(12_000);
    assertThat(at.detector.status(gone.id())).as("forgotten").isNull();
    at.receive(PEER, new Body.Updates(false), Update.introduction(gone));
    assertThat(at.detector.status(gone.id())).as("stale").isNull();
    at.receive(PEER, new Body.Updates(false), Update.introduction(gone.withIncarnation(6)));
    assertThat(at.detector.status(gone.id())).isEqualTo(Status.ALIVE);
  }

  @Test
  void ofAPeerThatReadsLaterVersionsTheNumberIsKnownAndVersionOneIsWritten() {
    Packets at = new Packets().knowing(3);
    byte[] later = Packets.packet(Packets.CLUSTER, PEER, new Body.Ping(8, Packets.id(1)));
    later[1] = 9;
    at.receive(PEER.peer(), later);
    assertThat(at.sentTo(PEER.peer()).get(0).body()).isEqualTo(new Body.Ack(8));
  }

  @Test
  void aPacketIsOfTheHighestVersionThatBothSidesRead() {
    assertThat(PacketCodec.versionFor(1)).isEqualTo(1);
    assertThat(PacketCodec.versionFor(PacketCodec.VERSION + 1)).isEqualTo(PacketCodec.VERSION);
    assertThat(PacketCodec.versionFor(0)).as("a number that makes no sense").isEqualTo(1);
  }

  @Test
  void ofTwoMembersAtOneAddressOnlyTheOneThatIsNotThereIsSuspect() {
    Packets at = new Packets().knowing(3);
    Member moved = Packets.member(9);
    Member heir =
        new Member(moved.id(), moved.life(), "heir", PEER.peer(), PEER.http(), "", 1, "1.0", 1);
    at.receive(heir, new Body.Root(1), Update.introduction(heir));
    at.detector.onRefused(PEER.id(), at.nowNanos);
    assertThat(at.detector.status(PEER.id())).isEqualTo(Status.SUSPECT);
    assertThat(at.detector.status(heir.id())).isEqualTo(Status.ALIVE);
    at.detector.onRefused(PEER.peer(), at.nowNanos);
    assertThat(at.detector.status(heir.id())).as("none of both is there").isEqualTo(Status.SUSPECT);
  }

  /** Of three members, the third can confirm: one that hears badly calls few others dead. */
  @Test
  void whereOneOtherCanConfirmASuspicionWaitsForThat() {
    Packets at = new Packets().knowing(3);
    at.detector.onRefused(PEER.id(), at.nowNanos);
    at.run(2_000);
    assertThat(at.detector.status(PEER.id())).isEqualTo(Status.SUSPECT);
    at.receive(
        Packets.member(3), new Body.Updates(false), about(PEER, Status.SUSPECT, Packets.member(3)));
    at.run(200);
    assertThat(at.detector.status(PEER.id())).isEqualTo(Status.DEAD);
  }

  @Test
  void theLowerOfTwoProcessesWithOneIdStops() {
    Packets at = new Packets().knowing(3);
    Member self = at.detector.self();
    Member other =
        new Member(
            self.id(),
            new ProcessIncarnation(6, 4),
            "n1",
            Packets.address(9),
            Packets.address(9),
            "",
            1,
            "",
            1);
    at.receive(other, new Body.Root(1));
    assertThat(at.last(DetectorAction.StepDown.class)).isNotNull();
    at.actions.clear();
    at.run(2_000);
    assertThat(at.actions).isEmpty();
  }

  private static Member process(long number, long incarnation) {
    Member known = Packets.member(number);
    return new Member(
        known.id(),
        new ProcessIncarnation(incarnation, 7),
        known.name(),
        known.peer(),
        known.http(),
        known.zone(),
        known.weight(),
        known.version(),
        known.wire());
  }

  /**
   * A node that lost its directory drops what it is told of its next process, whose number is lower
   * than the remembered one, and knows none that tells it. Where both answer whatever they drop,
   * each packet that the network duplicates is answered twice, and so on.
   */
  @Test
  void packetsThatAreDroppedAreNotAnsweredOneByOne() {
    List<Member> dropped =
        List.of(process(2, 1), process(3, 9), process(9, 5), process(1, 1), Packets.member(4));
    for (Member sender : dropped) {
      Packets at = new Packets().knowing(4);
      if (sender.equals(Packets.member(4))) {
        at.detector.ban(sender.id(), at.nowNanos);
        at.drain();
        at.actions.clear();
      }
      for (int i = 0; i < 50; i++) {
        at.receive(sender, new Body.Root(1));
      }
      assertThat(at.sentTo(sender.peer())).as("answers to %s", sender).hasSize(1);
      at.nowNanos += 300_000_000;
      at.receive(sender, new Body.Root(1));
      assertThat(at.sentTo(sender.peer())).as("answers to %s, later", sender).hasSize(1);
    }
  }

  @Test
  void intervalsThatMakeNoSenseAreRejectedWithOneLine() {
    assertRejected("the interval of probes is 99, allowed are 100 to 60000", 99, 90, 1_500);
    assertRejected("the interval of probes is 60001", 60_001, 300, 60_000);
    assertRejected("the timeout of a direct probe is 501, allowed are", 500, 501, 1_500);
    assertRejected("the shortest suspicion is 699, allowed are 700", 500, 300, 699);
  }

  private static void assertRejected(String line, int interval, int direct, int suspicion) {
    assertThatThrownBy(
            () ->
                new DetectorConfig(
                    40, interval, direct, 400, 3, suspicion, 60_000, 3, 40, 3, 4, 2_000, 60, 8, 10,
                    true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(line)
        .hasMessageNotContaining("\n");
  }
}
