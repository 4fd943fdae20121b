package starling.node.handoff;

import java.util.BitSet;
import java.util.UUID;
import starling.node.cluster.ClusterView;
import starling.node.cluster.HintLocations;
import starling.node.cluster.Membership;
import starling.node.cluster.MetadataType;
import starling.node.replica.HintLedger;

/** Announces to the other members the partitions of this node's hints, as cluster metadata. */
public final class HintAnnouncement {
  private static final long PAUSE_NANOS = 2_000_000_000;

  private final UUID self;
  private final ClusterView cluster;
  private final Membership membership;
  private final HintLedger hints;

  /** -1: the announcement of the last process may differ from its list. */
  private long changesAnnounced = -1;

  private long nextNanos = Long.MIN_VALUE;

  public HintAnnouncement(UUID self, ClusterView cluster, Membership membership, HintLedger hints) {
    this.self = self;
    this.cluster = cluster;
    this.membership = membership;
    this.hints = hints;
  }

  /** Announces changes, not more often than needed. */
  public void tick(long nowNanos) {
    long changes = hints.changes();
    if (changes == changesAnnounced || nowNanos < nextNanos || cluster.notServing() != null) {
      return;
    }
    BitSet partitions = hints.partitions();
    boolean first = changesAnnounced < 0;
    changesAnnounced = changes;
    String name = MetadataType.HINTS.of(self);
    if (first && partitions.isEmpty() && !membership.knows(name)) {
      return;
    }
    nextNanos = nowNanos + PAUSE_NANOS;
    HintLocations holder = HintLocations.of(membership.life().incarnation(), changes, partitions);
    var unused = membership.merge(name, holder.encode());
  }
}
