package starling.node.handoff;

import java.util.BitSet;
import starling.node.cluster.ClusterView;
import starling.node.peer.PeerRequestHandler;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.CheckHints;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.HintsHeld;
import starling.node.replica.LocalReplica;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Storage;

/**
 * Answers a hint holder which sets this primary holds exactly as in the hints. The holder may then
 * remove the hints, so the response waits until all these sets are fsynced.
 */
public final class HintCheckHandler implements PeerRequestHandler<CheckHints> {
  private final ClusterView cluster;
  private final LocalReplica local;
  private final Storage storage;

  public HintCheckHandler(ClusterView cluster, LocalReplica local, Storage storage) {
    this.cluster = cluster;
    this.local = local;
    this.storage = storage;
  }

  @Override
  public void handle(CheckHints check, PendingRequest pending) {
    BitSet held = new BitSet();
    for (int i = 0; i < check.entries().size(); i++) {
      CheckHints.Digest entry = check.entries().get(i);
      // With another register the key may have other primaries than the caller assumes.
      held.set(
          i,
          cluster.registerHash(entry.key().bucket()) == entry.register()
              && cluster.mine(entry.key())
              && local.digest(entry.key()) == entry.hash());
    }
    if (held.isEmpty()) {
      pending.answer(new HintsHeld(pending.call(), held));
      return;
    }
    ContainedStorage.complete(
        "the sync of the log",
        storage::sync,
        failure -> {
          if (failure == null) {
            pending.answer(new HintsHeld(pending.call(), held));
          } else {
            pending.decline(DeclineReason.STORAGE_FAILED, "the log has failed");
          }
        });
  }
}
