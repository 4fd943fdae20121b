package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;

/**
 * The write path: checks a record, gives it to group commit, and enters it into the index when its
 * write group has been written. Owned by one thread.
 */
final class AppendPath {
  /** What the write path asks and tells the store. */
  interface Store {
    /** Why appends are rejected now, or null. */
    @Nullable AppendRejection refuses();

    void failed(StorageFailure reason);

    /** A write group has ended, and the store may be idle. */
    void groupEnded();
  }

  private final StorageConfig config;
  private final Executor owner;
  private final LiveIndex index;
  private final GroupCommit commits;
  private final Maintenance maintenance;
  private final ValueCache hot;
  private final LogCounters counters;
  private final Store store;

  /** Appends that are not written yet: of those with the same index key, the latest. */
  private final Map<WriteGroup.Append, WriteGroup.Append> underWay = new HashMap<>();

  /** Completions of syncs that wait for a durable group. */
  private final List<Completion> syncing = new ArrayList<>();

  private long durableEnd;
  private String lastBucket = "";
  private int lastBucketBytes;

  /**
   * @param durableEnd the durable end of the log that opening found
   */
  AppendPath(
      StorageConfig config,
      Executor owner,
      LiveIndex index,
      GroupCommit commits,
      Maintenance maintenance,
      ValueCache hot,
      LogCounters counters,
      long durableEnd,
      Store store) {
    this.config = config;
    this.owner = owner;
    this.index = index;
    this.commits = commits;
    this.maintenance = maintenance;
    this.hot = hot;
    this.counters = counters;
    this.durableEnd = durableEnd;
    this.store = store;
  }

  long durableEnd() {
    return durableEnd;
  }

  @Nullable AppendRejection add(
      byte type,
      Key key,
      int partition,
      long versionHash,
      byte[] set,
      Durability durability,
      Completion done) {
    int bucketBytes = bucketBytes(key.bucket());
    long length = RecordLayout.lengthOf(bucketBytes, key.bytes().length, set.length);
    if (partition >>> 16 != 0
        || bucketBytes > Key.MAX_BYTES
        || key.bytes().length > Key.MAX_BYTES
        || length > config.maxRecordBytes()) {
      throw new IllegalArgumentException(
          "the record of "
              + key
              + " with "
              + length
              + " bytes, partition "
              + partition
              + ", exceeds a limit");
    }
    AppendRejection now = store.refuses();
    if (now != null) {
      return now;
    }
    WriteGroup.Append append =
        new WriteGroup.Append(
            type,
            index.shared.contains(key) ? RecordLayout.SHARED : 0,
            key,
            index.fingerprint.of(key.bucket(), key.bytes()),
            partition,
            versionHash,
            set,
            done,
            (int) length);
    WriteGroup.Append before = underWay.get(append);
    if (append.flags == 0 && before != null && !before.key.equals(key)) {
      // Its record is not in the index yet, so no read could find the collision.
      index.shared.found(key);
      append.flags = RecordLayout.SHARED;
    }
    AppendRejection refused = commits.add(append, durability);
    if (refused == null && append.flags != RecordLayout.SHARED) {
      underWay.remove(append);
      underWay.put(append, append);
    }
    return refused;
  }

  /** Appends the record of a range tombstone. */
  void drop(PositionRange range, Completion done) {
    Key place = new Key("", new byte[0], range.first());
    AppendRejection refused =
        commits.add(
            new WriteGroup.Append(
                RecordLayout.DROP,
                0,
                place,
                0,
                0,
                range.last(),
                new byte[0],
                failed -> {
                  if (failed != null) {
                    done.completed(failed);
                  } else {
                    maintenance.merge.whenDropped(done);
                  }
                },
                RecordLayout.HEAD_BYTES),
            Durability.SYNCED);
    if (refused != null) {
      owner.execute(() -> done.completed(new StorageFailure("refused: " + refused)));
    }
  }

  /** Completes when every append that completed before is durable. */
  void sync(Completion done) {
    if (!commits.unsynced()) {
      owner.execute(() -> done.completed(null));
      return;
    }
    syncing.add(done);
    commits.forceSoon();
  }

  /**
   * A durable group was written, and all earlier ones are durable with it; or the store has failed.
   */
  void synced(@Nullable StorageFailure reason) {
    List<Completion> waiting = List.copyOf(syncing);
    syncing.clear();
    Completion.all(waiting, reason);
  }

  /** A write group was written: its records are as durable as they asked for. */
  void written(WriteGroup group) {
    counters.add(group);
    // A segment without a record may vanish in a power loss, with its directory entry.
    if (group.allDurable && Location.offset(group.end) > SegmentHeader.BYTES) {
      durableEnd = group.end;
    }
    Segment segment = group.segment;
    if (segment != null) {
      SegmentTable.Entry entry = index.segments.get(segment.id());
      if (entry == null) {
        long first = Location.of(segment.id(), SegmentHeader.BYTES);
        entry = new SegmentTable.Entry(segment, 0, first, false);
        index.segments.add(entry);
      }
      entry.end = Location.offset(group.end);
    }
    Throwable thrown = null;
    StorageFailure unknown = null;
    for (int i = 0; i < group.appends.size(); i++) {
      WriteGroup.Append append = group.appends.get(i);
      if (unknown == null) {
        unknown = enter(append);
      }
      try {
        append.done.completed(unknown);
      } catch (RuntimeException | Error e) {
        OutOfMemory.endsProcess(e);
        // The other completions must still run.
        thrown = thrown == null ? e : thrown;
      }
    }
    try {
      if (group.allDurable && !syncing.isEmpty()) {
        synced(null);
      }
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      thrown = thrown == null ? e : thrown;
    }
    if (unknown != null) {
      store.failed(unknown);
      return;
    }
    maintenance.logged(group.end, group.allDurable, group.bytesWritten);
    store.groupEnded();
    Completion.rethrow(thrown);
  }

  /**
   * Enters a written record into the index. An index that lacks a record of the log would answer
   * with an older one, so an error here is final; the next open recovers the index from the log.
   */
  private @Nullable StorageFailure enter(WriteGroup.Append append) {
    try {
      landed(append);
      apply(append);
      return null;
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      return new StorageFailure(
          "entering a written record into the index failed; restart the node to recover the index: "
              + e);
    }
  }

  @SuppressWarnings("ReferenceEquality") // an equal append may have begun since
  private void landed(WriteGroup.Append append) {
    if (underWay.get(append) == append) {
      underWay.remove(append);
    }
  }

  private void apply(WriteGroup.Append append) {
    Key key = append.key;
    boolean removed = append.type == RecordLayout.REAPED;
    if (append.type == RecordLayout.DROP) {
      PositionRange range = new PositionRange(key.position(), append.versionHash);
      maintenance.drop(range);
      hot.clear();
      return;
    }
    if (removed) {
      hot.remove(key);
    } else {
      hot.replace(key, new Stored(append.versionHash, append.set));
    }
    if ((append.flags & RecordLayout.SHARED) != 0) {
      index.shared.put(
          new FingerprintCollisions.Entry(
              key, append.location, removed ? 0 : append.length, append.versionHash));
    } else {
      index.put(
          key.position(),
          append.fingerprint,
          append.location,
          append.length,
          append.versionHash,
          removed);
    }
    maintenance.checkpoint.addBucket(key.bucket());
  }

  private int bucketBytes(String bucket) {
    if (!bucket.equals(lastBucket)) {
      lastBucketBytes = bucket.getBytes(UTF_8).length;
      lastBucket = bucket;
    }
    return lastBucketBytes;
  }
}
