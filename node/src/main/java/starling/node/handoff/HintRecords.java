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

/** Reads hints and debts from the store; an error of one read must not hold up the others. */
final class HintRecords {
  private static final Logger log = LoggerFactory.getLogger(HintRecords.class);

  private static final int PAGE_KEYS = 128;

  private final ClusterView cluster;
  private final Storage storage;

  HintRecords(HandoffParts parts) {
    this.cluster = parts.cluster();
    this.storage = parts.storage();
  }

  /** Whether the next keys of a partition can be looked for. */
  boolean scan(int partition, @Nullable Key after, Consumer<ScanPage> answer) {
    try {
      storage.scan(range(partition), after, PAGE_KEYS, answer);
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      // The index is on a disk; a partition that it cannot name must not hold up the others.
      log.error("the hints of partition {} cannot be looked for", partition, e);
      return false;
    }
  }

  /** Whether it can be found out what stands in the log. */
  boolean read(Key key, Consumer<@Nullable Stored> answer) {
    try {
      storage.read(key, answer);
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("what is kept of {} cannot be looked for", key, e);
      return false;
    }
  }

  /** Whether nothing was read of a key that is there all the same: a walk may not count that. */
  boolean unread(Key key, @Nullable Stored stored) {
    try {
      return stored == null && storage.versionHash(key).isPresent();
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("whether anything is kept of {} cannot be looked up", key, e);
      return true;
    }
  }

  /** What stands in the log; of what cannot be read nothing, and the walk goes on. */
  static StoredValue kept(HintLedger.Recount walk, Key key, @Nullable Stored stored) {
    if (stored == null) {
      return StoredValue.NOTHING;
    }
    try {
      return StoredValue.decode(stored.set());
    } catch (MalformedException e) {
      // Sound by its checksum and yet no set: written by another version, or a bug.
      log.error("what is kept of {} in partition {} cannot be read", key, walk.partition, e);
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
