package starling.node.replica;

import starling.node.cluster.ClusterView;
import starling.node.peer.PeerRequestHandler;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.ListEntries;
import starling.node.peer.message.OtherBucket;

/** Answers another node with keys of this replica; few at once, since each is a scan. */
public final class ListEntriesHandler implements PeerRequestHandler<ListEntries> {
  /** Scans for other nodes that are executed at once; more are declined. */
  static final int MAX_SCANS = 64;

  private final ClusterView cluster;
  private final EntryScan scan;
  private int underWay;

  public ListEntriesHandler(ClusterView cluster, EntryScan scan) {
    this.cluster = cluster;
    this.scan = scan;
  }

  @Override
  public void handle(ListEntries list, PendingRequest pending) {
    OtherBucket other = cluster.otherBucket(list.call(), list.bucket(), list.register());
    if (other != null) {
      pending.answer(other);
      return;
    }
    if (underWay >= MAX_SCANS) {
      pending.decline(
          DeclineReason.OVERLOADED, underWay + " listings of other nodes are under way here");
      return;
    }
    underWay++;
    scan.list(
        list,
        page -> {
          underWay--;
          pending.answer(page);
        },
        () -> {
          underWay--;
          pending.decline(DeclineReason.STORAGE_FAILED, "the keys cannot be listed");
        });
  }
}
