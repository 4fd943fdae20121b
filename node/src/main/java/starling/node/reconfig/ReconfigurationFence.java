package starling.node.reconfig;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.cluster.Membership;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Done;
import starling.node.peer.message.FenceBucket;
import starling.node.peer.message.HoldStill;
import starling.node.peer.message.KeepFact;
import starling.node.replica.KeyOwner;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Storage;

/**
 * What this node promises other members while the ring or a bucket changes: to hold nothing and to
 * take nothing for a while. A promise about the ring is durable before it is given, since it must
 * outlive the process that gave it.
 */
public final class ReconfigurationFence {
  /** The ring version below which nothing is served: 8 bytes, big endian. */
  private static final String HOLD = "ring-hold";

  private final ClusterView cluster;
  private final Membership membership;
  private final Storage storage;
  private final KeyOwner owner;

  public ReconfigurationFence(
      ClusterView cluster, Membership membership, Storage storage, KeyOwner owner) {
    this.cluster = cluster;
    this.membership = membership;
    this.storage = storage;
    this.owner = owner;
  }

  /** Takes up what the last process had promised. */
  public void restore() {
    byte[] kept = storage.meta(HOLD);
    if (kept != null) {
      cluster.holdStill(ByteBuffer.wrap(kept).getLong());
    }
  }

  /** Whether this node holds, or is about to hold, any key. */
  boolean holdsData() {
    return !storage.isEmpty() || owner.busy() > 0;
  }

  /** Whether this node holds, or is about to hold, a key of the bucket. */
  boolean holdsBucket(String bucket) {
    return storage.containsBucket(bucket) || owner.busyWith(bucket);
  }

  /** Holds still at this ring version; {@code done} hears null when the promise is durable. */
  void holdStill(long version, Consumer<@Nullable DeclineReason> done) {
    if (holdsData()) {
      done.accept(DeclineReason.HOLDS_DATA);
      return;
    }
    if (version < cluster.ring().version()) {
      // A round that is over: nothing would be held, so nothing is promised.
      done.accept(DeclineReason.NOT_READY);
      return;
    }
    cluster.holdStill(version);
    ContainedStorage.save(
        storage,
        HOLD,
        ByteBuffer.allocate(Long.BYTES).putLong(version).array(),
        failure -> done.accept(failure == null ? null : DeclineReason.STORAGE_FAILED));
  }

  /** Takes nothing for a bucket for a while, or says why not. */
  @Nullable DeclineReason fenceBucket(String bucket) {
    if (holdsBucket(bucket) || cluster.register(bucket) != null) {
      return DeclineReason.HOLDS_DATA;
    }
    if (cluster.writesPaused(bucket)) {
      // Somebody else is choosing its properties.
      return DeclineReason.NOT_READY;
    }
    cluster.pauseWrites(bucket, BucketChanges.HOLD_NANOS);
    return null;
  }

  /** Merges a fact and makes it durable. */
  public void onKeepFact(KeepFact request, PendingRequest pending) {
    membership.mergeDurably(
        request.name(),
        request.value(),
        durable -> end(pending, durable ? null : DeclineReason.STORAGE_FAILED));
  }

  /** A member asks this node to hold still at a ring version. */
  public void onHoldStill(HoldStill request, PendingRequest pending) {
    holdStill(request.version(), reason -> end(pending, reason));
  }

  /** A member asks this node to take nothing for a bucket until its properties have come. */
  public void onFenceBucket(FenceBucket request, PendingRequest pending) {
    end(pending, fenceBucket(request.bucket()));
  }

  private static void end(PendingRequest pending, @Nullable DeclineReason reason) {
    if (pending.call() == 0) {
      var unused = pending.end();
    } else if (reason == null) {
      pending.answer(new Done(pending.call()));
    } else {
      pending.decline(reason, "declined: " + reason);
    }
  }
}
