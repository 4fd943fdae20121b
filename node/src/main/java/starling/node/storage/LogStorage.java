package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;
import starling.node.port.Disk;
import starling.node.port.Timers;

/**
 * The store's first form: an append-only log of checksummed records in segments, and an index of
 * all keys in memory. The owner's side of it: takes appends, hands them on in groups, makes them
 * visible.
 *
 * <p>1. One group is under way at a time. What arrives meanwhile gathers in the next, so the fsync
 * itself forms the groups, and completions come in append order over all keys: a write that does
 * not wait for its fsync never overtakes one of the same key that does. 2. An append is in the
 * index exactly from its completion on. 3. The first failure is final; reads of what was completed
 * before go on. 4. Both executors run a task after {@code execute} returned or on another thread,
 * never inside it, and one after the other.
 */
public final class LogStorage implements Storage {
  private static final int READ_WINDOW_BYTES = 256 << 10;

  private final StorageConfig config;
  private final Executor writer;
  private final Executor owner;
  private final Timers timers;
  private final StorageListener listener;
  private final LogIndex index;
  private final LogWriter log;
  private final MetadataQueue metadata;
  private final SegmentReader reader = new SegmentReader(READ_WINDOW_BYTES);
  private final StorageRecovery recovery;
  private final List<SetAside> setAside;
  private final LogCounters counters = new LogCounters();

  private Life life;

  /** The life changed and must stand on disk before the gathering group is acknowledged. */
  private boolean lifeDue;

  private Group gathering = new Group();
  private final ArrayDeque<Group> spares = new ArrayDeque<>();
  private boolean underWay;
  private boolean dispatchAsked;
  private int queuedRecords;
  private long queuedBytes;

  /** Something acknowledged waits for its fsync; the timer that brings it is set. */
  private boolean syncAsked;

  private boolean forceDue;
  private boolean unsynced;

  private boolean idleAsked;
  private boolean markUseful;
  private long groupsWhenIdleAsked;

  private @Nullable StorageFailure failure;
  private @Nullable Runnable closing;
  private boolean finished;

  private String lastBucket = "";
  private int lastBucketBytes;

  /**
   * Opens the store in a directory: reads the log, cuts a torn end, begins a new segment. Blocks.
   * Everything afterwards is called on the owner's thread.
   *
   * @param writer where files are written, one task after the other
   * @param owner where completions are told
   * @param clock read by both threads
   * @param identity gives the salt of this life's checks
   * @throws StoreRefusedException if the files are another store's or another version's
   */
  public static LogStorage open(
      Disk disk,
      StorageConfig config,
      Executor writer,
      Executor owner,
      Timers timers,
      Clock clock,
      RandomGenerator identity,
      StorageListener listener)
      throws IOException {
    MetadataFiles files = new MetadataFiles(disk, config.storeId());
    List<String> damagedMeta = new ArrayList<>();
    Map<String, byte[]> values = files.readAll(damagedMeta);
    byte[] lastLife = values.remove(Life.NAME);
    Life before = lastLife == null ? null : Life.decode(lastLife);
    LogIndex index = new LogIndex();
    LogRecovery log = new LogRecovery(disk, config, index, before != null && before.clean());
    log.run();

    boolean fresh = before == null && values.isEmpty() && damagedMeta.isEmpty();
    fresh &= log.nextSegmentId() == 1;
    boolean mayHaveLost = !fresh && mayHaveLost(before, config.bootId(), log.nextSegmentId());
    List<Life.Range> handled = before == null ? List.of() : before.handled();
    List<SetAside> unhandled = new ArrayList<>();
    for (SetAside range : log.setAside()) {
      if (!handled.contains(Life.Range.of(range))) {
        unhandled.add(range);
      }
    }
    LogWriter end =
        new LogWriter(
            disk, config, files, clock, identity.nextLong(), log.segments(), log.nextSegmentId());
    Life life = new Life(false, false, mayHaveLost, config.bootId(), log.nextSegmentId(), handled);
    files.write(Life.NAME, life.encode());
    damagedMeta.remove(Life.NAME);
    StorageRecovery recovery =
        new StorageRecovery(
            fresh, log.records(), log.tornBytes(), unhandled, damagedMeta, mayHaveLost);
    return new LogStorage(
        config, writer, owner, timers, listener, index, end, values, log, life, recovery);
  }

  private static boolean mayHaveLost(@Nullable Life before, String bootId, long nextSegmentId) {
    if (before == null || before.mayHaveLost() || before.knownSegment() >= nextSegmentId) {
      return true;
    }
    return !before.clean() && before.acknowledgedUnsynced() && !before.bootId().equals(bootId);
  }

  private LogStorage(
      StorageConfig config,
      Executor writer,
      Executor owner,
      Timers timers,
      StorageListener listener,
      LogIndex index,
      LogWriter log,
      Map<String, byte[]> values,
      LogRecovery recovered,
      Life life,
      StorageRecovery recovery) {
    this.config = config;
    this.writer = writer;
    this.owner = owner;
    this.timers = timers;
    this.listener = listener;
    this.index = index;
    this.log = log;
    this.metadata = new MetadataQueue(values, log, writer, owner, this::metadataDone);
    this.setAside = new ArrayList<>(recovered.setAside());
    this.life = life;
    this.recovery = recovery;
    counters.segments = recovered.segments().size() + 1;
    counters.logBytes = recovered.logBytes() + SegmentHeader.BYTES;
  }

  @Override
  public @Nullable Refused append(
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
          "no record can hold partition " + partition + ", " + length + " bytes for " + key);
    }
    if (failure != null || closing != null) {
      return Refused.STOPPED;
    }
    if (queuedRecords >= config.queueRecords()
        || (queuedRecords > 0 && queuedBytes + length > config.queueBytes())) {
      counters.refused++;
      return Refused.QUEUE_FULL;
    }
    queuedRecords++;
    queuedBytes += length;
    gathering.bytes += length;
    gathering.appends.add(new Group.Append(key, partition, versionHash, set, done, (int) length));
    if (durability == Durability.SYNCED) {
      gathering.force = true;
    } else if (!life.acknowledgedUnsynced()) {
      life = life.withAcknowledgedUnsynced();
      lifeDue = true;
    }
    askDispatch();
    return null;
  }

  /** Lets all that the owner does in this turn gather before the group leaves. */
  private void askDispatch() {
    if (!underWay && !dispatchAsked) {
      dispatchAsked = true;
      owner.execute(this::dispatch);
    }
  }

  private void dispatch() {
    dispatchAsked = false;
    if (underWay || failure != null || finished) {
      return;
    }
    Group group = gathering;
    if (forceDue && unsynced) {
      group.force = true;
    }
    forceDue = false;
    if (lifeDue) {
      // Encoded only now: whatever reaches the writer later must not know less.
      group.life = life.encode();
      lifeDue = false;
    }
    if (group.appends.isEmpty() && !group.force && !group.markOnly) {
      finishIfClosing();
      return;
    }
    Group spare = spares.poll();
    gathering = spare == null ? new Group() : spare;
    underWay = true;
    writer.execute(
        () -> {
          log.write(group);
          owner.execute(() -> written(group));
        });
  }

  private void written(Group group) {
    underWay = false;
    if (group.failure != null) {
      fail(group.failure, group);
      return;
    }
    counters.add(group);
    unsynced = !group.allDurable;
    markUseful = group.markUseful;
    if (!gathering.appends.isEmpty() || forceDue) {
      dispatch();
    }
    try {
      complete(group);
    } finally {
      group.reset();
      spares.add(group);
      if (unsynced) {
        askSync();
      }
      askIdleMark();
      finishIfClosing();
    }
  }

  private void complete(Group group) {
    RuntimeException thrown = null;
    for (Group.Append append : group.appends) {
      queuedRecords--;
      queuedBytes -= append.length;
      Segment segment = append.segment;
      if (segment == null) {
        throw new IllegalStateException("a record came back without its place: " + append.key);
      }
      index.put(
          append.key, append.partition, segment, append.offset, append.length, append.versionHash);
      try {
        append.done.completed(null);
      } catch (RuntimeException e) {
        // The others still must hear of theirs.
        thrown = thrown == null ? e : thrown;
      }
    }
    if (thrown != null) {
      throw thrown;
    }
  }

  private void askSync() {
    if (!syncAsked) {
      syncAsked = true;
      timers.after(
          config.replicatedSyncNanos(),
          () -> {
            syncAsked = false;
            if (unsynced || underWay) {
              forceDue = true;
              askDispatch();
            }
          });
    }
  }

  private void askIdleMark() {
    if (!idleAsked && markUseful) {
      idleAsked = true;
      groupsWhenIdleAsked = counters.groups;
      timers.after(
          config.idleMarkNanos(),
          () -> {
            idleAsked = false;
            if (underWay || counters.groups != groupsWhenIdleAsked) {
              askIdleMark();
            } else if (closing == null) {
              gathering.markOnly = true;
              askDispatch();
            }
          });
    }
  }

  private void fail(StorageFailure reason, @Nullable Group group) {
    if (failure == null) {
      failure = reason;
      listener.failed(reason);
    }
    List<Group.Append> failed = new ArrayList<>(group == null ? List.of() : group.appends);
    failed.addAll(gathering.appends);
    gathering = new Group();
    for (Group.Append append : failed) {
      queuedRecords--;
      queuedBytes -= append.length;
      append.done.completed(reason);
    }
    metadata.fail(reason);
    finishIfClosing();
  }

  @Override
  public void read(Key key, Consumer<@Nullable Stored> answer) {
    answer.accept(read(key));
  }

  private @Nullable Stored read(Key key) {
    if (finished) {
      throw new IllegalStateException("read after close");
    }
    IndexEntry entry = index.get(key);
    if (entry == null) {
      return null;
    }
    counters.reads++;
    String reason;
    try {
      reader.forget();
      long end = entry.offset + entry.length;
      RecordHead head = reader.head(entry.segment, entry.offset, end);
      byte[] set =
          head == null || head.length() != entry.length || head.second() != entry.versionHash
              ? null
              : reader.set(entry.segment, entry.offset, head);
      if (set != null) {
        return new Stored(entry.versionHash, set);
      }
      reason = "its checksum does not hold";
    } catch (IOException e) {
      reason = "it could not be read: " + e;
    }
    SetAside range =
        new SetAside(entry.segment.id(), entry.offset, entry.length, entry.partition, key, reason);
    index.remove(entry);
    setAside.add(range);
    listener.setAside(range);
    return null;
  }

  @Override
  public OptionalLong versionHash(Key key) {
    IndexEntry entry = index.get(key);
    return entry == null ? OptionalLong.empty() : OptionalLong.of(entry.versionHash);
  }

  @Override
  public void scan(PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer) {
    owner.execute(() -> answer.accept(index.scan(range, after, limit)));
  }

  @Override
  public boolean isEmpty() {
    return index.count() == 0;
  }

  @Override
  public boolean holdsBucket(String bucket) {
    return index.holdsBucket(bucket);
  }

  @Override
  public void saveMeta(String name, byte[] bytes, Completion done) {
    MetadataFiles.check(name, bytes);
    if (name.equals(Life.NAME)) {
      throw new IllegalArgumentException(name + " is the store's own");
    }
    byte[] copy = bytes.clone();
    save(name, () -> copy, done);
  }

  private void save(String name, Supplier<byte[]> value, Completion done) {
    if (failure != null || closing != null) {
      StorageFailure reason =
          failure != null ? failure : new StorageFailure("the store is closing");
      owner.execute(() -> done.completed(reason));
    } else {
      metadata.save(name, value, done);
    }
  }

  private void metadataDone(@Nullable StorageFailure reason) {
    if (reason != null) {
      fail(reason, null);
    } else {
      counters.metaSaves++;
      finishIfClosing();
    }
  }

  @Override
  public byte @Nullable [] meta(String name) {
    return metadata.get(name);
  }

  @Override
  public StorageRecovery recovery() {
    return recovery;
  }

  @Override
  public void recoveryHandled(Completion done) {
    List<Life.Range> ranges = new ArrayList<>();
    for (SetAside range : setAside) {
      ranges.add(Life.Range.of(range));
    }
    life = life.withHandled(ranges);
    save(Life.NAME, () -> life.encode(), done);
  }

  @Override
  public StorageStatistics statistics() {
    return counters.snapshot(index.count(), queuedRecords, queuedBytes, setAside);
  }

  @Override
  public @Nullable StorageFailure failure() {
    return failure;
  }

  @Override
  public void close(Runnable done) {
    if (closing != null) {
      throw new IllegalStateException("closed before");
    }
    closing = done;
    finishIfClosing();
  }

  private void finishIfClosing() {
    Runnable done = closing;
    boolean idle = !underWay && gathering.appends.isEmpty() && metadata.idle();
    if (done == null || finished || !idle) {
      return;
    }
    finished = true;
    writer.execute(
        () -> {
          StorageFailure reason = log.finish(life);
          owner.execute(() -> closed(reason, done));
        });
  }

  private void closed(@Nullable StorageFailure reason, Runnable done) {
    if (reason != null && failure == null) {
      failure = reason;
      listener.failed(reason);
    }
    done.run();
  }

  private int bucketBytes(String bucket) {
    if (!bucket.equals(lastBucket)) {
      lastBucketBytes = bucket.getBytes(UTF_8).length;
      lastBucket = bucket;
    }
    return lastBucketBytes;
  }
}
