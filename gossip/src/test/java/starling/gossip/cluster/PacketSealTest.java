package starling.gossip.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import starling.gossip.Status;
import starling.gossip.detector.DetectorCounters;
import starling.gossip.detector.MemberSnapshot;

/** Datagrams that no member has made. */
class PacketSealTest {
  private static final byte[] OLD = {1, 2, 3};
  private static final byte[] NEW = {4, 5, 6};
  private static final byte[] PACKET = {10, 20, 30, 40};

  /** One with these keys, whose ids are their first bytes; the first key seals. */
  private static PacketSeal seal(byte[]... keys) {
    PacketSeal seal = new PacketSeal(false);
    if (keys.length > 0) {
      seal.keys(byId(keys), keys[0][0]);
    }
    return seal;
  }

  private static SortedMap<Integer, byte[]> byId(byte[]... keys) {
    SortedMap<Integer, byte[]> byId = new TreeMap<>();
    for (byte[] key : keys) {
      byId.put((int) key[0], key);
    }
    return byId;
  }

  private static void use(SimulatedNode node, byte[] key) {
    node.gossip.packetKeys(byId(key), key[0]);
  }

  @Test
  void aDatagramOfAMemberIsOpened() {
    byte[] datagram = seal(NEW).seal(PACKET);
    assertThat(datagram).hasSize(PACKET.length + PacketSeal.SEAL_BYTES);
    assertThat(seal(NEW).open(datagram)).isEqualTo(PACKET);
  }

  @Test
  void membersMayChangeTheKeyOneAfterTheOther() {
    assertThat(seal(NEW, OLD).open(seal(OLD).seal(PACKET))).isEqualTo(PACKET);
    assertThat(seal(OLD).open(seal(NEW, OLD).seal(PACKET))).isNull();
  }

  @Test
  void aKeyOfThatIdMustBeTheSameKey() {
    byte[] other = {4, 5, 7};
    assertThat(seal(NEW).open(seal(other).seal(PACKET))).isNull();
  }

  @Test
  void anyChangedBitIsNoticed() {
    byte[] datagram = seal(NEW).seal(PACKET);
    for (int bit = 0; bit < 8 * datagram.length; bit++) {
      byte[] changed = datagram.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(seal(NEW).open(changed)).isNull();
    }
  }

  @Test
  void aShortDatagramIsOfNobody() {
    for (int length = 0; length < PacketSeal.SEAL_BYTES; length++) {
      assertThat(seal(NEW).open(new byte[length])).isNull();
    }
  }

  @Test
  void withoutKeysADatagramIsThePacket() {
    assertThat(seal().seal(PACKET)).isEqualTo(PACKET);
    assertThat(seal().open(PACKET)).isEqualTo(PACKET);
  }

  @Test
  void whereSealsAreRequiredThereIsNoDatagramWithoutKeys() {
    PacketSeal seal = new PacketSeal(true);
    assertThat(seal.seal(PACKET)).isNull();
    assertThat(seal.open(PACKET)).isNull();
    seal.keys(byId(NEW), NEW[0]);
    assertThat(seal.open(seal.seal(PACKET))).isEqualTo(PACKET);
  }

  @Test
  void aPacketThatFailsAuthenticationChangesNothing() {
    GossipWorld world = new GossipWorld(3);
    List<SimulatedNode> nodes = world.cluster(3);
    nodes.forEach(node -> use(node, NEW));
    world.sim().runForMillis(5_000);
    Gossip target = nodes.get(0).gossip;
    List<MemberSnapshot> before = target.members();
    // What another member could say of a third one: that it has left for good.
    SimulatedNode stranger = nodes.get(1);
    use(stranger, OLD);
    stranger.gossip.ban(nodes.get(2).directory.id, world.sim().nanoTime());
    stranger.gossip.tick(world.sim().nanoTime() + 1_000_000_000);
    int forged = 0;
    for (Action action : stranger.gossip.drain()) {
      if (action instanceof Action.SendDatagram send) {
        target.onDatagram(stranger.address, send.packet(), world.sim().nanoTime());
        byte[] cut = Arrays.copyOf(send.packet(), send.packet().length - PacketSeal.SEAL_BYTES);
        target.onDatagram(stranger.address, cut, world.sim().nanoTime());
        forged += 2;
      }
    }
    assertThat(forged).isPositive();
    assertThat(target.members()).isEqualTo(before);
    assertThat(target.drain()).isEmpty();
    assertThat(target.counters().dropped(DetectorCounters.Drop.UNAUTHENTICATED)).isEqualTo(forged);
  }

  @Test
  void whereDatagramsAreNotUnderstoodConnectionsCarryTheProbes() {
    GossipWorld world = new GossipWorld(4);
    List<SimulatedNode> nodes = world.cluster(3);
    use(nodes.get(2), OLD);
    use(nodes.get(0), NEW);
    use(nodes.get(1), NEW);
    world.sim().runForMillis(120_000);
    assertThat(nodes)
        .allSatisfy(node -> assertThat(node.judgements).noneMatch(PacketSealTest::dead));
    assertThat(GossipWorld.agree(nodes)).isTrue();
  }

  @Test
  void aNetworkThatDropsAllDatagramsStillWorks() {
    GossipWorld world = new GossipWorld(5);
    world.dropsDatagrams = true;
    List<SimulatedNode> nodes = world.cluster(5);
    world.sim().runForMillis(120_000);
    assertThat(nodes)
        .allSatisfy(node -> assertThat(node.judgements).noneMatch(PacketSealTest::dead));
    nodes.get(4).crash();
    assertThat(
            world.eventually(
                () ->
                    nodes.subList(0, 4).stream()
                        .allMatch(node -> node.sees(nodes.get(4)) == Status.DEAD),
                6_000))
        .isTrue();
  }

  private static boolean dead(String judgement) {
    return judgement.endsWith("DEAD");
  }
}
