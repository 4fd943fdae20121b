package starling.gossip.detector;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.Status;

/**
 * Builds this member's packets: header, body, and as many updates as fit. A packet to a member that
 * is suspect or dead here first says so, because it can refute only what it hears (the buddy system
 * of Lifeguard, section IV-C).
 */
final class Outgoing {
  private static final int MAX_ACTIONS = 100_000;

  private final DetectorConfig config;
  private final UUID cluster;
  private final MemberTable table;
  private final UpdateQueue queue;
  private final DetectorCounters counters;
  private List<DetectorAction> actions = new ArrayList<>();
  private boolean closed;

  Outgoing(
      DetectorConfig config,
      UUID cluster,
      MemberTable table,
      UpdateQueue queue,
      DetectorCounters counters) {
    this.config = config;
    this.cluster = cluster;
    this.table = table;
    this.queue = queue;
    this.counters = counters;
  }

  /** After a {@link DetectorAction.StepDown} it accepts none. */
  void act(DetectorAction action) {
    if (!closed && actions.size() < MAX_ACTIONS) {
      actions.add(action);
      closed = action instanceof DetectorAction.StepDown;
    }
  }

  boolean closed() {
    return closed;
  }

  List<DetectorAction> drain() {
    List<DetectorAction> drained = actions;
    actions = new ArrayList<>();
    return drained;
  }

  void to(OwnIdentity own, Peer peer, Body body, long nowNanos) {
    to(own, peer, peer.member().peer(), body, peer.datagramsLost, nowNanos);
  }

  /** To a member at the address from which its packet came. */
  void to(OwnIdentity own, Peer peer, Address address, Body body, boolean stream, long nowNanos) {
    boolean warn = peer.status() == Status.DEAD || (config.lifeguard() && !alive(peer));
    Update about = warn ? peer.update(false, nowNanos) : null;
    send(PacketCodec.versionFor(peer.readsUpTo), own, address, body, stream, about);
  }

  /**
   * To an address, in the version that all members read.
   *
   * @param first an update that the packet carries in any case, or null
   */
  void send(OwnIdentity own, Address to, Body body, boolean stream, @Nullable Update first) {
    send(PacketCodec.versionFor(1), own, to, body, stream, first);
  }

  private void send(
      int version, OwnIdentity own, Address to, Body body, boolean stream, @Nullable Update first) {
    PacketWriter out = PacketCodec.begin(version, cluster, own.member(), own.heartbeat(), body);
    if (first != null) {
      out.append(first.encode());
    }
    queue.fill(out, transmissions(), first == null ? null : first.id());
    emit(to, out, stream);
  }

  /** Rows of the table, in as many packets as they need; the rest beyond a bound is left out. */
  void rows(OwnIdentity own, Address to, List<Update> rows, boolean stream, int maxPackets) {
    PacketWriter out =
        PacketCodec.begin(cluster, own.member(), own.heartbeat(), new Body.Updates(true));
    int empty = out.size();
    int packets = 0;
    for (Update row : rows) {
      byte[] bytes = row.encode();
      if (!out.append(bytes)) {
        emit(to, out, stream);
        if (++packets >= maxPackets) {
          return;
        }
        out = PacketCodec.begin(cluster, own.member(), own.heartbeat(), new Body.Updates(true));
        out.append(bytes);
      }
    }
    if (out.size() > empty) {
      emit(to, out, stream);
    }
  }

  /** How often an update is sent: a multiple of the logarithm of the number of members. */
  private int transmissions() {
    int digits = 1;
    for (int members = table.answering() + 1; members >= 10; members /= 10) {
      digits++;
    }
    return config.retransmitFactor() * digits;
  }

  private void emit(Address to, PacketWriter out, boolean stream) {
    byte[] packet = out.toBytes();
    counters.packetsOut++;
    counters.bytesOut += packet.length;
    act(new DetectorAction.Send(to, packet, stream));
  }

  private static boolean alive(Peer peer) {
    return peer.status() == Status.ALIVE;
  }
}
