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
 * The fences of this node while the ring or a bucket changes: it holds no data and accepts none for
 * a while. A fence for the ring is durable before the answer, because it must outlive the process.
 */
public final class ReconfigurationFence {
  /** The ring version below which the node serves nothing: 8 bytes, big endian. */
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

  /** Restores the fence of the last process. */
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

  /**
   * Fences this node at this ring version; {@code done} is called with null when the fence is
   * durable.
   */
  void holdStill(long version, Consumer<@Nullable DeclineReason> done) {
    if (holdsData()) {
      done.accept(DeclineReason.HOLDS_DATA);
      return;
    }
    if (version < cluster.ring().version()) {
      // A round that has ended: the fence would have no effect.
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

  /** Fences a bucket for a while, or returns why not. */
  @Nullable DeclineReason fenceBucket(String bucket) {
    if (holdsBucket(bucket) || cluster.register(bucket) != null) {
      return DeclineReason.HOLDS_DATA;
    }
    if (cluster.writesPaused(bucket)) {
      // Another node is choosing its properties.
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

  /** A member fences this node at a ring version. */
  public void onHoldStill(HoldStill request, PendingRequest pending) {
    holdStill(request.version(), reason -> end(pending, reason));
  }

  /** A member fences a bucket on this node until its properties have come. */
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
