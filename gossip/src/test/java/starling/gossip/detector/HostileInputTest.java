package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import starling.gossip.Address;
import starling.gossip.GossipBytes;
import starling.gossip.GossipFormatException;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.gossip.detector.DetectorCounters.Drop;
import starling.sim.SplitMix;

/** Bad input is dropped, counted, and changes no member's status. */
class HostileInputTest {
  private static final Member PEER = Packets.member(2);
  private static final Address ATTACKER = new Address("203.0.113.9", 666);

  private Packets at = new Packets();

  @BeforeEach
  void aMemberThatKnowsFourOthers() {
    at = new Packets().knowing(5);
  }

  private List<String> view() {
    List<String> view = new ArrayList<>();
    for (MemberSnapshot each : at.detector.members()) {
      view.add(each.member() + " " + each.status() + " " + each.accusers());
    }
    return view;
  }

  private void assertDropped(Drop why, byte[] bytes) {
    List<String> before = view();
    long dropped = at.detector.counters().dropped(why);
    at.receive(ATTACKER, bytes);
    assertThat(view()).isEqualTo(before);
    assertThat(at.detector.counters().dropped(why)).as(why.name()).isEqualTo(dropped + 1);
  }

  private static byte[] good() {
    return Packets.packet(
        Packets.CLUSTER,
        PEER,
        new Body.Updates(false),
        new Update(
            Packets.id(3), Packets.member(3).life(), Status.SUSPECT, List.of(PEER.id()), 0, null));
  }

  @Test
  void theGoodPacketOfTheseTestsIsTaken() {
    at.receive(PEER.peer(), good());
    assertThat(at.detector.status(Packets.id(3))).isEqualTo(Status.SUSPECT);
    assertThat(at.detector.counters().dropped()).isZero();
  }

  @Test
  void randomPackets() {
    SplitMix random = new SplitMix(1);
    List<String> before = view();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      if (bytes.length > 0 && random.nextBoolean()) {
        bytes[0] = PacketCodec.VERSION;
      }
      at.receive(ATTACKER, bytes);
    }
    assertThat(view()).isEqualTo(before);
    assertThat(at.detector.counters().dropped()).isEqualTo(20_000);
  }

  @Test
  void truncatedPackets() {
    byte[] good = good();
    int header = PacketCodec.begin(Packets.CLUSTER, PEER, 3, new Body.Updates(false)).size();
    for (int length = 0; length < good.length; length++) {
      if (length != header) {
        assertDropped(Drop.MALFORMED, Arrays.copyOf(good, length));
      }
    }
  }

  @Test
  void changedPacketsNeverThrow() {
    SplitMix random = new SplitMix(2);
    for (int i = 0; i < 20_000; i++) {
      if (i % 20 == 0) {
        at = new Packets().knowing(5);
      }
      byte[] bytes = good();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      at.receive(PEER.peer(), bytes);
      assertThat(at.detector.members()).hasSizeBetween(5, 6);
    }
  }

  @Test
  void anUnknownVersion() {
    byte[] bytes = good();
    bytes[0] = 2;
    assertDropped(Drop.VERSION, bytes);
  }

  @Test
  void tenThousandMembers() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(Packets.packet(Packets.CLUSTER, PEER, new Body.Updates(false)));
    for (int i = 0; i < 10_000; i++) {
      bytes.writeBytes(Update.introduction(Packets.member(100 + i % 100)).encode());
    }
    assertDropped(Drop.TOO_LONG, bytes.toByteArray());
    // Lists that claim more than the packet holds.
    for (int kind : new int[] {7, 8, 9}) {
      PacketWriter claims = PacketCodec.begin(Packets.CLUSTER, PEER, 3, new Body.Updates(false));
      byte[] claim = Arrays.copyOf(claims.toBytes(), claims.size() + 3);
      claim[2] = (byte) kind;
      claim[claim.length - 3] = (byte) 0xff;
      claim[claim.length - 2] = (byte) 0xff;
      assertDropped(Drop.MALFORMED, claim);
    }
  }

  @Test
  void aNameOfAThousandBytes() {
    GossipBytes.Writer update = new GossipBytes.Writer();
    update.u8(16);
    update.id(Packets.id(77));
    update.number(5);
    update.u64(177);
    update.text("n".repeat(1_000));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(Packets.packet(Packets.CLUSTER, PEER, new Body.Updates(false)));
    bytes.writeBytes(update.toBytes());
    assertDropped(Drop.MALFORMED, bytes.toByteArray());
  }

  @Test
  void anIncarnationAtTheMaximum() {
    ProcessIncarnation highest =
        new ProcessIncarnation(ProcessIncarnation.MAX_INCARNATION, PEER.life().processNonce());
    for (Status status : new Status[] {Status.ALIVE, Status.DEAD}) {
      assertDropped(
          Drop.MALFORMED,
          Packets.packet(
              Packets.CLUSTER,
              PEER,
              new Body.Updates(false),
              new Update(Packets.id(3), highest, status, List.of(), 0, null)));
    }
  }

  @Test
  void anAccusationOfThisMemberNearTheMaximumIsNotRefutedBeyondIt() {
    long incarnation = ProcessIncarnation.MAX_INCARNATION - 1;
    ProcessIncarnation life = new ProcessIncarnation(incarnation, 101);
    at.receive(
        PEER,
        new Body.Updates(false),
        new Update(Packets.id(1), life, Status.SUSPECT, List.of(PEER.id()), 0, null));
    assertThat(at.last(DetectorAction.PersistIncarnation.class)).isNull();
    assertThat(at.detector.self().incarnation()).isEqualTo(5);
  }

  /** An id that no process runs. */
  @Test
  void aGhost() {
    Member ghost = Packets.member(66);
    assertDropped(Drop.UNKNOWN, Packets.packet(Packets.CLUSTER, ghost, new Body.Root(1)));
    for (Status status : Status.values()) {
      assertDropped(
          Drop.UNKNOWN,
          Packets.packet(
              Packets.CLUSTER,
              PEER,
              new Body.Updates(false),
              new Update(ghost.id(), ghost.life(), status, List.of(), 0, null)));
    }
    // With a record it is taken for a new member, and the probes find that it is none.
    at.receive(PEER, new Body.Updates(false), Update.introduction(ghost));
    at.run(60_000);
    assertThat(at.detector.status(ghost.id())).isEqualTo(Status.DEAD);
  }

  @Test
  void aRepeatedPacket() {
    SwimDetector detector = at.detector;
    Update accusation =
        new Update(
            Packets.id(3), Packets.member(3).life(), Status.SUSPECT, List.of(PEER.id()), 0, null);
    at.receive(PEER, new Body.Updates(false), accusation);
    ProcessIncarnation refuted = new ProcessIncarnation(6, 103);
    at.receive(
        PEER,
        new Body.Updates(false),
        new Update(Packets.id(3), refuted, Status.ALIVE, List.of(), 0, null));
    List<String> before = view();
    at.receive(PEER, new Body.Updates(false), accusation);
    assertThat(view()).isEqualTo(before);
    // An answer counts once, and only to a probe that is open.
    assertDropped(Drop.UNEXPECTED, Packets.packet(Packets.CLUSTER, PEER, new Body.Ack(4)));
    // A packet of a process that another one has replaced.
    Member next =
        new Member(
            PEER.id(),
            new ProcessIncarnation(9, 999),
            "n2",
            PEER.peer(),
            PEER.http(),
            "zone",
            1,
            "1.0",
            1);
    at.receive(next, new Body.Updates(false), Update.introduction(next));
    assertDropped(Drop.STALE, Packets.packet(Packets.CLUSTER, PEER, new Body.Root(1)));
    // A packet from long ago of the present process.
    PacketWriter late = PacketCodec.begin(Packets.CLUSTER, next, 900, new Body.Root(1));
    at.receive(next.peer(), late.toBytes());
    assertDropped(Drop.STALE, Packets.packet(Packets.CLUSTER, next, new Body.Root(1)));
    assertThat(detector.status(PEER.id())).isEqualTo(Status.ALIVE);
  }

  @Test
  void aStrangerFromAnotherCluster() {
    assertDropped(
        Drop.STRANGER,
        Packets.packet(
            new UUID(0, 98),
            Packets.member(40),
            new Body.Root(1),
            Update.introduction(Packets.member(40))));
    assertThat(at.sentTo(ATTACKER)).isEmpty();
  }

  @Test
  void aPingForTheMemberThatHadThisAddressBefore() {
    assertDropped(
        Drop.MISDIRECTED, Packets.packet(Packets.CLUSTER, PEER, new Body.Ping(8, Packets.id(50))));
    assertThat(at.sentTo(ATTACKER)).isEmpty();
  }

  @Test
  void aMemberThatIsShutOut() {
    at.detector.ban(PEER.id(), at.nowNanos);
    assertThat(at.detector.status(PEER.id())).isEqualTo(Status.LEFT);
    Member back = PEER.withIncarnation(1_000);
    assertDropped(
        Drop.BANNED,
        Packets.packet(Packets.CLUSTER, back, new Body.Updates(false), Update.introduction(back)));
    at.receive(Packets.member(3), new Body.Updates(false), Update.introduction(back));
    assertThat(at.detector.status(PEER.id())).isEqualTo(Status.LEFT);
  }

  @Test
  void parsingAllocatesNoMoreThanInProportionToThePacket() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    SplitMix random = new SplitMix(3);
    long worst = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = new byte[PacketCodec.MAX_BYTES];
      random.nextBytes(bytes);
      byte[] head = Packets.packet(Packets.CLUSTER, PEER, new Body.Updates(false));
      System.arraycopy(head, 0, bytes, 0, head.length);
      bytes[2] = (byte) (1 + i % 10);
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        PacketCodec.decode(bytes);
      } catch (GossipFormatException malformed) {
        // Most are.
      }
      // The first ones load classes.
      worst = i < 100 ? 0 : Math.max(worst, threads.getCurrentThreadAllocatedBytes() - before);
    }
    // Objects are a few times as large as the bytes they are read from.
    assertThat(worst).isLessThan(8L * PacketCodec.MAX_BYTES);
  }

  @Test
  void theTableIsBounded() {
    for (int i = 0; i < MemberTable.MAX_MEMBERS + 100; i++) {
      Member member =
          new Member(
              Packets.id(1_000 + i),
              new ProcessIncarnation(1, i),
              "m" + i,
              Packets.address(i % 250),
              Packets.address(i % 250),
              "",
              1,
              "",
              1);
      at.receive(PEER, new Body.Updates(false), Update.introduction(member));
    }
    assertThat(at.detector.members()).hasSize(MemberTable.MAX_MEMBERS);
    assertThat(at.last(DetectorAction.Alarm.class)).isNotNull();
  }
}
