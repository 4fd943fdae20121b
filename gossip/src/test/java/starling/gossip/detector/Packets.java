package starling.gossip.detector;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.sim.SplitMix;

/** One detector without a network: packets are written to it by hand, and its packets are read. */
final class Packets {
  static final UUID CLUSTER = new UUID(0, 99);
  private static final long TICK_NANOS = 100_000_000;

  final SwimDetector detector;
  final List<DetectorAction> actions = new ArrayList<>();
  long nowNanos = 1_000_000_000;

  Packets() {
    this(DetectorConfig.LAN, SwimRules.SWIM);
  }

  Packets(DetectorConfig config, SwimRules rules) {
    this(config, rules, 1);
  }

  Packets(DetectorConfig config, SwimRules rules, long seed) {
    detector = new SwimDetector(config, rules, CLUSTER, member(1), new SplitMix(seed));
    detector.start(List.of(), nowNanos);
  }

  static UUID id(long number) {
    return new UUID(0, number);
  }

  static Address address(long number) {
    return new Address("10.0.0." + number, 7946);
  }

  /** Member {@code number}: incarnation 5, process 100 + number. */
  static Member member(long number) {
    return new Member(
        id(number),
        new ProcessIncarnation(5, 100 + number),
        "n" + number,
        address(number),
        new Address("10.0.0." + number, 8080),
        "zone",
        1,
        "1.0",
        1);
  }

  /** It knows the members 2 to {@code last}. */
  Packets knowing(int last) {
    List<Member> members = new ArrayList<>();
    for (int i = 2; i <= last; i++) {
      members.add(member(i));
    }
    detector.introduce(members, nowNanos);
    drain();
    actions.clear();
    return this;
  }

  static byte[] packet(UUID cluster, Member sender, Body body, Update... updates) {
    PacketWriter out = PacketCodec.begin(cluster, sender, 3, body);
    for (Update each : updates) {
      if (!out.append(each.encode())) {
        throw new IllegalArgumentException("the updates do not fit");
      }
    }
    return out.toBytes();
  }

  void receive(Member sender, Body body, Update... updates) {
    receive(sender.peer(), packet(CLUSTER, sender, body, updates));
  }

  void receive(Address from, byte[] bytes) {
    detector.onPacket(from, bytes, false, nowNanos);
    drain();
  }

  void run(long millis) {
    for (long end = nowNanos + millis * 1_000_000; nowNanos < end; ) {
      nowNanos += TICK_NANOS;
      detector.tick(nowNanos);
      drain();
    }
  }

  void drain() {
    actions.addAll(detector.drain());
  }

  /** The packets that were sent to an address since the last call. */
  List<Packet> sentTo(Address to) {
    List<Packet> sent = new ArrayList<>();
    for (DetectorAction each : actions) {
      if (each instanceof DetectorAction.Send send && send.to().equals(to)) {
        sent.add(PacketCodec.decode(send.packet()));
      }
    }
    actions.clear();
    return sent;
  }

  <T extends DetectorAction> @Nullable T last(Class<T> kind) {
    T last = null;
    for (DetectorAction each : actions) {
      last = kind.isInstance(each) ? kind.cast(each) : last;
    }
    return last;
  }
}
