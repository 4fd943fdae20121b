package starling.node.replica;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.peer.PeerRequestHandler;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.OtherBucket;
import starling.node.peer.message.Store;
import starling.node.peer.message.Took;
import starling.node.port.Clock;
import starling.node.request.BucketProperties.Conflict;
import starling.node.storage.Key;

/** Merges a set that another node sends; answered when it has the requested durability. */
public final class StoreHandler implements PeerRequestHandler<Store> {
  private static final Logger log = LoggerFactory.getLogger(StoreHandler.class);

  private final ClusterView cluster;
  private final LocalReplica local;
  private final Clock clock;

  public StoreHandler(ClusterView cluster, LocalReplica local, Clock clock) {
    this.cluster = cluster;
    this.local = local;
    this.clock = clock;
  }

  @Override
  public void handle(Store store, PendingRequest pending) {
    OtherBucket other = cluster.otherBucket(store.call(), store.key().bucket(), store.register());
    if (other != null) {
      pending.answer(other);
      return;
    }
    log.debug("request {}: {} sends {}", store.requestId(), pending.from(), store.purpose());
    Key key = store.key();
    if (cluster.writesPaused(key.bucket())) {
      pending.decline(DeclineReason.NOT_READY, "the bucket's properties are being set");
      return;
    }
    boolean latest = cluster.bucket(key.bucket()).conflict() == Conflict.LWW;
    if (store.lww() != latest) {
      pending.decline(DeclineReason.NOT_READY, "the bucket resolves conflicts in another way");
      return;
    }
    Conflict conflict = store.lww() ? Conflict.LWW : Conflict.SIBLINGS;
    int partition = cluster.ring().partition(key.position());
    Consumer<@Nullable DeclineReason> done =
        reason -> {
          if (reason == null) {
            pending.answer(new Took(store.call()));
          } else {
            pending.decline(reason, "the log did not accept it");
          }
        };
    if (cluster.mine(key)) {
      local.store(key, partition, store.set(), conflict, store.durability(), store.purpose(), done);
    } else if (store.fallbackFor() != null) {
      Hint hint = Hint.of(store.fallbackFor(), clock.wallMillis());
      local.storeHint(key, partition, store.set(), conflict, store.durability(), hint, done);
    } else {
      pending.decline(DeclineReason.NOT_MINE, "this node is no primary of the key");
    }
  }
}
