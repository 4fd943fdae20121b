package starling.node.antientropy;

import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.PeerRequestHandler;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.KeyPage;
import starling.node.peer.message.ListKeys;
import starling.node.replica.LocalReplica;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;

/** Lists the keys of a partition, with their version hashes, for a node that compares it. */
public final class ListKeysHandler implements PeerRequestHandler<ListKeys> {
  private final ClusterView cluster;
  private final LocalReplica local;
  private final Storage storage;
  private final NodeCounters counters;

  public ListKeysHandler(
      ClusterView cluster, LocalReplica local, Storage storage, NodeCounters counters) {
    this.cluster = cluster;
    this.local = local;
    this.storage = storage;
    this.counters = counters;
  }

  @Override
  public void handle(ListKeys list, PendingRequest pending) {
    if (list.registers() != cluster.registersHash()) {
      // The keys of a node depend on n of their buckets; gossip makes the registers equal.
      counters.registerDifferences++;
      pending.decline(DeclineReason.NOT_READY, "the registers of buckets differ");
      return;
    }
    int partitions = cluster.ring().partitions();
    ContainedStorage.scan(
        storage,
        PositionRange.ofPartition(list.partition(), Integer.numberOfTrailingZeros(partitions)),
        list.after(),
        ReplicaComparison.PAGE_KEYS,
        page ->
            pending.answer(
                new KeyPage(
                    list.call(),
                    local.complete(list.partition()),
                    page.last(),
                    page.entries().stream().map(ScanPage.Entry::key).toArray(Key[]::new),
                    page.entries().stream().mapToLong(ScanPage.Entry::versionHash).toArray())),
        () -> pending.decline(DeclineReason.STORAGE_FAILED, "the keys cannot be listed"));
  }
}
