package starling.node.handoff;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.port.OutOfMemory;
import starling.node.replica.HintLedger;
import starling.node.replica.StoredValue;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;
import starling.node.storage.Stored;
import starling.node.version.MalformedException;

/** Reads hints and debts from the store; an error of one read must not block the others. */
final class HintRecords {
  private static final Logger log = LoggerFactory.getLogger(HintRecords.class);

  private static final int PAGE_KEYS = 128;

  private final ClusterView cluster;
  private final Storage storage;

  HintRecords(HandoffParts parts) {
    this.cluster = parts.cluster();
    this.storage = parts.storage();
  }

  /** Whether the next keys of a partition can be listed. */
  boolean scan(int partition, @Nullable Key after, Consumer<ScanPage> answer) {
    try {
      storage.scan(range(partition), after, PAGE_KEYS, answer);
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      // The index is on a disk; a partition that it cannot list must not block the others.
      log.error(
          "the hints of partition {} cannot be listed; the node tries again later", partition, e);
      return false;
    }
  }

  /** Whether the record of the key can be read. */
  boolean read(Key key, Consumer<@Nullable Stored> answer) {
    try {
      storage.read(key, answer);
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("the hint of {} cannot be read; the node tries again later", key, e);
      return false;
    }
  }

  /** Whether a present key could not be read: a walk may not count it as absent. */
  boolean unread(Key key, @Nullable Stored stored) {
    try {
      return stored == null && storage.versionHash(key).isPresent();
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("the index cannot tell whether {} has a hint; the node tries again later", key, e);
      return true;
    }
  }

  /** The stored value; nothing if it is unreadable, and the walk goes on. */
  static StoredValue kept(HintLedger.Recount walk, Key key, @Nullable Stored stored) {
    if (stored == null) {
      return StoredValue.NOTHING;
    }
    try {
      return StoredValue.decode(stored.set());
    } catch (MalformedException e) {
      // A valid checksum but no valid set: written by another version, or a bug.
      log.error(
          "the hint of {} in partition {} cannot be decoded; was it written by another version?",
          key,
          walk.partition,
          e);
      if (StoredValue.isHint(stored.set())) {
        walk.foundUnreadable(stored.set().length);
      }
      return StoredValue.NOTHING;
    }
  }

  PositionRange range(int partition) {
    return PositionRange.ofPartition(
        partition, Integer.numberOfTrailingZeros(cluster.ring().partitions()));
  }
}
