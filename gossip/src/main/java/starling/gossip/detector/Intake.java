package starling.gossip.detector;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.Status;
import starling.gossip.detector.DetectorCounters.Drop;

/**
 * Takes packets in: merges their updates, checks that the sender is the present process of a member
 * of this cluster, and answers. A packet that fails a check is dropped and counted; if its sender
 * may be a member that is not known here or is outdated, it is told what would help.
 */
final class Intake {
  /** A packet whose heartbeat lies so far back was repeated. */
  private static final int MAX_BEATS_LATE = 64;

  /**
   * A sender that is unknown here, outdated, shut out or dead is told so once in this time. Else
   * two members that drop each other's packets, each for a reason of its own, would answer each
   * other without end, and a network that duplicates packets would multiply them.
   */
  private static final long TOLD_NANOS = 200_000_000;

  private static final int MAX_TOLD = 1_024;

  private final UUID cluster;
  private final MemberTable table;
  private final Outgoing out;
  private final OwnIdentity own;
  private final Statements statements;
  private final FollowUps followUps;
  private final Prober prober;
  private final TableSync sync;
  private final DetectorCounters counters;
  private boolean learning;

  /** When an address was last told why its packets are dropped, in that order. */
  private final Map<Address, Long> told = new LinkedHashMap<>();

  Intake(
      UUID cluster,
      MemberTable table,
      Outgoing out,
      OwnIdentity own,
      Statements statements,
      FollowUps followUps,
      Prober prober,
      TableSync sync,
      DetectorCounters counters) {
    this.cluster = cluster;
    this.table = table;
    this.out = out;
    this.own = own;
    this.statements = statements;
    this.followUps = followUps;
    this.prober = prober;
    this.sync = sync;
    this.counters = counters;
  }

  /** Whether a comparison of tables brought something since the last call: there may be more. */
  boolean drainLearning() {
    boolean drained = learning;
    learning = false;
    return drained;
  }

  void onPacket(Address from, Packet packet, boolean stream, long nowNanos) {
    if (!packet.cluster().equals(cluster)) {
      counters.drop(Drop.STRANGER);
      return;
    }
    if (packet.sender().equals(own.row().id)) {
      if (packet.life().sameProcess(own.member().life())) {
        counters.drop(Drop.MISDIRECTED);
      } else if (packet.life().outranks(own.member().life()) || mayTell(from, nowNanos)) {
        own.onOtherProcess(packet.life(), from, stream);
      }
      return;
    }
    if (table.banned(packet.sender())) {
      counters.drop(Drop.BANNED);
      Peer row = table.row(packet.sender());
      if (row != null && mayTell(from, nowNanos)) {
        out.send(own, from, new Body.Updates(false), stream, row.update(false, nowNanos));
      }
      return;
    }
    boolean rows = packet.body() instanceof Body.Updates updates && updates.rows();
    boolean changed = false;
    for (Update each : packet.updates()) {
      changed |= statements.take(each, packet.sender(), rows, nowNanos);
    }
    learning |= rows && changed;
    Peer sender = presentProcess(from, packet, stream, nowNanos);
    afterStatements(sender == null ? null : new TableSync.Answer(sender, from, stream), nowNanos);
    if (sender != null) {
      sender.contact(packet.heartbeat(), nowNanos);
      sender.readsUpTo = packet.readsUpTo();
      boolean gone = sender.status() == Status.DEAD || sender.status() == Status.LEFT;
      if (gone && mayTell(from, nowNanos)) {
        out.to(own, sender, from, new Body.Updates(false), stream, nowNanos);
      }
      packet.body().match(new Inside(new TableSync.Answer(sender, from, stream), nowNanos));
    }
  }

  /** The sender's row, if its packet comes from the process that is known. */
  private @Nullable Peer presentProcess(
      Address from, Packet packet, boolean stream, long nowNanos) {
    Peer row = table.row(packet.sender());
    if (row == null) {
      counters.drop(Drop.UNKNOWN);
      if (mayTell(from, nowNanos)) {
        Body wanted = new Body.Wanted(List.of(packet.sender()));
        out.send(own, from, wanted, stream, own.introduction());
      }
      return null;
    }
    if (!packet.life().sameProcess(row.life())) {
      boolean later = packet.life().outranks(row.life());
      counters.drop(later ? Drop.UNKNOWN : Drop.STALE);
      if (!mayTell(from, nowNanos)) {
        return null;
      } else if (later) {
        out.send(own, from, new Body.Wanted(List.of(row.id)), stream, null);
      } else {
        out.send(own, from, new Body.Updates(false), stream, row.update(true, nowNanos));
      }
      return null;
    }
    if (packet.life().outranks(row.life())) {
      var unused =
          statements.take(
              new Update(row.id, packet.life(), Status.ALIVE, List.of(), 0, null),
              row.id,
              false,
              nowNanos);
    } else if (packet.heartbeat() + MAX_BEATS_LATE < row.heartbeat()) {
      counters.drop(Drop.STALE);
      return null;
    }
    return row;
  }

  /** Whether this address was not told lately why its packets are dropped. */
  private boolean mayTell(Address to, long nowNanos) {
    Long last = told.get(to);
    if (last != null && nowNanos - last < TOLD_NANOS) {
      return false;
    }
    told.remove(to);
    if (told.size() >= MAX_TOLD) {
      told.remove(told.keySet().iterator().next());
    }
    told.put(to, nowNanos);
    return true;
  }

  /** What statements ask for: records, probes of suspects, members for the rounds of probes. */
  void afterStatements(TableSync.@Nullable Answer to, long nowNanos) {
    List<UUID> wanted = followUps.drainWanted();
    if (to != null && !wanted.isEmpty()) {
      sync.want(to, wanted, nowNanos);
    }
    followUps.drainAdded().forEach(prober::added);
    for (Peer suspect : followUps.drainHeard()) {
      prober.probe(suspect, nowNanos);
    }
  }

  /** Messages of the present process of a member. */
  private final class Inside implements Body.Cases {
    private final TableSync.Answer to;
    private final long nowNanos;

    Inside(TableSync.Answer to, long nowNanos) {
      this.to = to;
      this.nowNanos = nowNanos;
    }

    @Override
    public void onPing(Body.Ping ping) {
      if (!ping.target().equals(own.row().id)) {
        counters.drop(Drop.MISDIRECTED);
      } else if (!own.leaving()) {
        out.to(own, to.peer(), to.from(), new Body.Ack(ping.sequence()), to.stream(), nowNanos);
      }
    }

    @Override
    public void onAck(Body.Ack ack) {
      prober.onAck(to.peer(), ack, nowNanos);
    }

    @Override
    public void onPingRequest(Body.PingRequest request) {
      prober.onPingRequest(to.peer(), to.from(), to.stream(), request, nowNanos);
    }

    @Override
    public void onNack(Body.Nack nack) {
      prober.onNack(nack);
    }

    @Override
    public void onUpdates(Body.Updates updates) {
      // They were merged before.
    }

    @Override
    public void onRoot(Body.Root root) {
      sync.onRoot(to, root, nowNanos);
    }

    @Override
    public void onHashes(Body.Hashes hashes) {
      sync.onHashes(to, hashes, nowNanos);
    }

    @Override
    public void onLeaves(Body.Leaves leaves) {
      sync.onLeaves(to, leaves, nowNanos);
    }

    @Override
    public void onWanted(Body.Wanted wanted) {
      sync.onWanted(to, wanted, nowNanos);
    }
  }
}
