package starling.node.replica;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.peer.PeerRequestHandler;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.HasSeen;
import starling.node.peer.message.Holds;
import starling.node.peer.message.OtherBucket;
import starling.node.storage.Key;
import starling.node.storage.Stored;
import starling.node.version.IdempotencyKey;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/** Answers another node with this replica's set of a key. */
public final class FetchHandler implements PeerRequestHandler<Fetch> {
  private static final Logger log = LoggerFactory.getLogger(FetchHandler.class);

  private final ClusterView cluster;
  private final LocalReplica local;

  public FetchHandler(ClusterView cluster, LocalReplica local) {
    this.cluster = cluster;
    this.local = local;
  }

  @Override
  public void handle(Fetch fetch, PendingRequest pending) {
    OtherBucket other = cluster.otherBucket(fetch.call(), fetch.key().bucket(), fetch.register());
    if (other != null) {
      pending.answer(other);
      return;
    }
    log.debug("request {}: {} asks for {}", fetch.requestId(), pending.from(), fetch.part());
    Key key = fetch.key();
    int partition = cluster.ring().partition(key.position());
    switch (fetch.part()) {
      case DIGEST ->
          pending.answer(
              new Holds(fetch.call(), local.complete(partition), local.digest(key), null));
      case WHOLE ->
          local.whole(
              key,
              // Asked only now: the read itself may have found a loss.
              stored -> pending.answer(holds(fetch.call(), local.complete(partition), stored)),
              () -> unreadable(pending));
      case PAST ->
          local.newest(
              key,
              partition,
              newest -> pending.answer(hasSeen(fetch, newest)),
              why ->
                  // A fault of this replica says nothing of the others.
                  pending.decline(
                      DeclineReason.of(why), "this replica cannot answer for the key: " + why));
    }
  }

  private static Holds holds(long call, boolean complete, @Nullable Stored stored) {
    return stored == null
        ? new Holds(call, complete, LocalReplica.NOTHING, null)
        : new Holds(call, complete, stored.versionHash(), stored.set());
  }

  private HasSeen hasSeen(Fetch fetch, Siblings newest) {
    Past past = newest.hash() == fetch.knownHash() ? null : newest.past();
    IdempotencyKey name = fetch.idempotency();
    boolean again = name != null && name.first(newest) != null;
    return new HasSeen(
        fetch.call(),
        local.complete(cluster.ring().partition(fetch.key().position())),
        past,
        again ? SiblingsCodec.encode(newest) : null);
  }

  private static void unreadable(PendingRequest pending) {
    pending.decline(DeclineReason.STORAGE_FAILED, "this replica cannot read its record of the key");
  }
}
