package starling.node;

import starling.node.cluster.ClusterView;
import starling.node.peer.PeerClient;

/** Tells peers that got no frame for a while this node's hybrid clock. */
final class ClockNotices {
  /** Far below the 10 minutes by which the clocks of a request's two events may differ. */
  private static final long PERIOD_NANOS = 30_000_000_000L;

  private final PeerClient peers;
  private final ClusterView cluster;
  private long nextNanos = Long.MIN_VALUE;

  ClockNotices(PeerClient peers, ClusterView cluster) {
    this.peers = peers;
    this.cluster = cluster;
  }

  void tick(long nowNanos) {
    if (nowNanos >= nextNanos && cluster.notServing() == null) {
      nextNanos = nowNanos + PERIOD_NANOS;
      peers.tellClock(cluster.otherNodes());
    }
  }
}
