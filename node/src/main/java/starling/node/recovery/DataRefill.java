package starling.node.recovery;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Member;
import starling.gossip.Status;
import starling.node.cluster.ClusterView;
import starling.node.cluster.DurableMark;
import starling.node.cluster.Membership;
import starling.node.port.Clock;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;

/**
 * Drops the data of a rolled-back directory, to be fetched again from the other replicas.
 *
 * <ol>
 *   <li>An old copy is dropped only when enough complete replicas are up to fetch from. If they do
 *       not come, it stays and is compared: it may be the only one.
 *   <li>Its keys are counted before, for the log: a hint may be the only copy of a write.
 * </ol>
 */
final class DataRefill {
  private static final Logger log = LoggerFactory.getLogger(DataRefill.class);

  private static final long WAIT_NANOS = 10_000_000_000L;
  private static final long RETRY_NANOS = 2_000_000_000L;
  private static final int PAGE_KEYS = 512;

  /** The count is for the log only: a disk that cannot list keys must not keep the node down. */
  private static final long COUNT_NANOS = 10_000_000_000L;

  private enum Stage {
    /** Complete replicas are awaited. Then COUNTING, or the end. */
    WAITING,
    /** The keys of the old copy are counted. Then DROPPING. */
    COUNTING,
    /** The old copy is being dropped. Then DROP_FAILED, or the end. */
    DROPPING,
    /** The drop is tried again after a pause. Then DROPPING. */
    DROP_FAILED
  }

  private final UUID self;
  private final Storage storage;
  private final Clock clock;
  private final Membership membership;
  private final ClusterView cluster;
  private final Runnable done;
  private Stage stage = Stage.WAITING;
  private long stageNanos;
  private long keysDropped;
  private long hintsDropped;

  /**
   * @param done called once, when the data was dropped or is to stay; all of it is incomplete
   */
  DataRefill(
      UUID self,
      Storage storage,
      Clock clock,
      Membership membership,
      ClusterView cluster,
      Runnable done) {
    this.self = self;
    this.storage = storage;
    this.clock = clock;
    this.membership = membership;
    this.cluster = cluster;
    this.done = done;
  }

  void begin(long nowNanos) {
    stageNanos = nowNanos;
  }

  /** Not called after the end. */
  void tick(long nowNanos) {
    long sinceNanos = nowNanos - stageNanos;
    switch (stage) {
      case WAITING -> await(nowNanos);
      case COUNTING -> {
        if (sinceNanos >= COUNT_NANOS) {
          uncounted("it takes too long");
        }
      }
      case DROPPING -> {}
      case DROP_FAILED -> {
        if (sinceNanos >= RETRY_NANOS) {
          drop();
        }
      }
    }
  }

  private void await(long nowNanos) {
    if (storage.isEmpty()) {
      log.warn(
          "ROLLED BACK: the directory holds no data; hints for other nodes that it held are lost,"
              + " the rest comes from the other replicas");
      done.run();
      return;
    }
    int lacking = partitionsWithoutEnough();
    if (lacking > 0) {
      if (nowNanos - stageNanos >= WAIT_NANOS) {
        log.error(
            "ROLLED BACK: for {} partitions there are not enough complete replicas to fetch from,"
                + " so the old copy is not dropped; it is compared with the other replicas as they"
                + " come",
            lacking);
        done.run();
      }
      return;
    }
    stage = Stage.COUNTING;
    stageNanos = nowNanos;
    count(0, null);
  }

  private int partitionsWithoutEnough() {
    int lacking = 0;
    for (int partition = 0; partition < cluster.ring().partitions(); partition++) {
      List<UUID> primaries = cluster.ring().preferenceList(partition, cluster.largestN());
      if (!primaries.contains(self)) {
        continue;
      }
      int complete = 0;
      for (UUID primary : primaries) {
        complete += complete(primary) ? 1 : 0;
      }
      int required = Math.min(primaries.size() - 1, cluster.comparisonsRequired(primaries.size()));
      lacking += complete < required ? 1 : 0;
    }
    return lacking;
  }

  /** Whether the present process of another node has announced that it is complete. */
  private boolean complete(UUID node) {
    Member member = membership.member(node);
    DurableMark mark = membership.durableMark(node);
    return !node.equals(self)
        && member != null
        && mark != null
        && membership.status(node) == Status.ALIVE
        && mark.life() == member.life().processNonce()
        && mark.complete();
  }

  /** A hint may be the only copy of a write: their number is logged. */
  private void count(int partition, @Nullable Key after) {
    int partitions = cluster.ring().partitions();
    if (partition == partitions) {
      drop();
      return;
    }
    int bits = Integer.numberOfTrailingZeros(partitions);
    ContainedStorage.scan(
        storage,
        PositionRange.ofPartition(partition, bits),
        after,
        PAGE_KEYS,
        page -> {
          if (stage != Stage.COUNTING) {
            return;
          }
          Key last = after;
          for (ScanPage.Entry entry : page.entries()) {
            last = entry.key();
            keysDropped++;
            hintsDropped += cluster.mine(last) ? 0 : 1;
          }
          count(page.last() ? partition + 1 : partition, page.last() ? null : last);
        },
        () -> uncounted("its keys cannot be listed"));
  }

  /** The old copy is dropped nevertheless. */
  private void uncounted(String why) {
    if (stage == Stage.COUNTING) {
      log.error("the keys of the old copy cannot be counted completely: {}", why);
      drop();
    }
  }

  private void drop() {
    stage = Stage.DROPPING;
    ContainedStorage.complete(
        "the drop of the old copy",
        dropped -> storage.drop(PositionRange.ofPartition(0, 0), dropped),
        failure -> {
          if (failure != null) {
            log.error(
                "the old copy could not be dropped; the node tries again: {}", failure.reason());
            // Again a little later; the log may have failed for good, and then the node serves
            // nothing.
            stage = Stage.DROP_FAILED;
            stageNanos = clock.nanoTime();
            return;
          }
          log.warn(
              "ROLLED BACK: {} keys of the old copy were dropped, {} of them hints for other nodes,"
                  + " which may have been the only copies of writes; the rest comes from the other"
                  + " replicas",
              keysDropped,
              hintsDropped);
          done.run();
        });
  }
}
