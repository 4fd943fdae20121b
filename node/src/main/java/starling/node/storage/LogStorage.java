package starling.node.storage;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;

/**
 * The store: an append-only log of checksummed records, which is the truth, and an index with the
 * location of each key's newest record, which can always be rebuilt from the log. This class is the
 * port: it connects the write path, the read path and the maintenance with what follows from their
 * reports: the state of the store ({@link StoreLifecycle}), {@link Quarantine} and {@link Stalls}.
 *
 * <p>1. A record is in the index exactly from its completion on; reads see no other records. 2.
 * Every read checks the index against the record itself: checksum, key and length. 3. The first
 * failed write or fsync of the log is final; reads of completed records go on. A full disk is no
 * failure, nor is a process without free file descriptors: appends are rejected until that has
 * passed, and accepted writes stay queued. 4. All executors run a task after {@code execute}
 * returned or on another thread, never inside it; those of the owner, the writer and the background
 * run one task after the other.
 */
public final class LogStorage implements Storage {
  private final StorageExecutors executors;
  final LiveIndex index;
  private final GroupCommit commits;
  private final MetadataQueue metadata;
  final AppendPath appends;
  private final ReadPath reads;
  final Maintenance maintenance;
  private final Damage damage;
  final Quarantine quarantine;
  final StoreLifecycle lifecycle;
  private final StorageRecovery recovery;
  final LogCounters counters = new LogCounters();
  private final ValueCache hot;
  final Stalls stalls = new Stalls();

  /**
   * Opens the store of a directory: recovers log and index, truncates a torn tail, begins a new
   * segment. Blocks. All later calls are made on the owner's thread.
   *
   * @throws StoreRefusedException if the files belong to another store or have another version
   */
  public static LogStorage open(
      Disk disk,
      StorageConfig config,
      StorageExecutors executors,
      StoragePorts ports,
      StorageListener listener)
      throws IOException {
    StoreOpening opened = StoreOpening.open(disk, config, ports);
    return new LogStorage(disk, config, executors, ports, listener, opened);
  }

  private LogStorage(
      Disk disk,
      StorageConfig config,
      StorageExecutors executors,
      StoragePorts ports,
      StorageListener listener,
      StoreOpening opened) {
    this.executors = executors;
    LogWriter log = opened.writer();
    this.index = opened.log().index();
    this.damage = opened.damage();
    this.recovery = opened.report();
    StoreEvents events = new StoreEvents(this, listener);
    this.commits =
        new GroupCommit(
            config,
            log,
            executors.writer(),
            executors.owner(),
            ports.timers(),
            opened.life(),
            events.onCommits());
    this.metadata =
        new MetadataQueue(
            opened.values(),
            log,
            executors.writer(),
            executors.owner(),
            ports.timers(),
            events.onMetadata());
    this.hot = new ValueCache(config.hotValueBytes());
    this.reads = new ReadPath(config, executors, ports, index, damage, hot, counters, events);
    this.maintenance =
        new Maintenance(disk, config, executors, ports, commits, opened, damage::at, events);
    this.quarantine =
        new Quarantine(index, damage, hot, commits, this::saveShutdownState, listener);
    this.appends =
        new AppendPath(
            config,
            executors.owner(),
            index,
            commits,
            maintenance,
            hot,
            counters,
            recovery.end(),
            events);
    this.lifecycle =
        new StoreLifecycle(
            executors, listener, log, index, commits, metadata, appends, reads, maintenance);
    Segment first = log.segment();
    long begin = Location.of(first.id(), SegmentHeader.BYTES);
    index.segments.add(new SegmentTable.Entry(first, SegmentHeader.BYTES, begin, false));
    quarantine.begin();
    maintenance.begin(first);
  }

  @Override
  public @Nullable AppendRejection append(
      Key key,
      int partition,
      long versionHash,
      byte[] set,
      Durability durability,
      Completion done) {
    return appends.add(RecordLayout.PUT, key, partition, versionHash, set, durability, done);
  }

  @Override
  public @Nullable AppendRejection reap(Key key, int partition, long versionHash, Completion done) {
    return appends.add(
        RecordLayout.REAPED, key, partition, versionHash, new byte[0], Durability.SYNCED, done);
  }

  @Override
  public @Nullable AppendRejection refuses() {
    if (lifecycle.whyStopped() != null) {
      return AppendRejection.STOPPED;
    }
    if (maintenance.freeSpace.full()) {
      return AppendRejection.DISK_FULL;
    }
    return stalls.holdAppends() || maintenance.indexFull() ? AppendRejection.STALLED : null;
  }

  @Override
  public void drop(PositionRange range, Completion done) {
    appends.drop(range, done);
  }

  @Override
  public void sync(Completion done) {
    StorageFailure reason = lifecycle.whyStopped();
    if (reason == null) {
      appends.sync(done);
    } else {
      executors.owner().execute(() -> done.completed(reason));
    }
  }

  @Override
  public void read(Key key, Consumer<@Nullable Stored> answer) {
    reads.read(key, answer);
  }

  @Override
  public OptionalLong versionHash(Key key) {
    return reads.versionHash(key);
  }

  @Override
  public void scan(PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer) {
    reads.scan(range, after, limit, answer);
  }

  @Override
  public void scanSets(SetScan scan, Consumer<SetPage> answer) {
    reads.scanSets(scan, answer);
  }

  @Override
  public boolean isEmpty() {
    return index.isEmpty();
  }

  @Override
  public boolean containsBucket(String bucket) {
    return maintenance.checkpoint.everHeld(bucket);
  }

  @Override
  public void saveMeta(String name, byte[] bytes, Completion done) {
    MetadataFiles.check(name, bytes);
    if (name.equals(ShutdownState.NAME) || name.equals(Manifest.NAME)) {
      throw new IllegalArgumentException("metadata " + name + " is reserved for the store");
    }
    byte[] copy = bytes.clone();
    save(name, () -> copy, done);
  }

  private void save(String name, Supplier<byte[]> value, Completion done) {
    StorageFailure reason = lifecycle.whyStopped();
    if (reason == null) {
      metadata.save(name, value, done);
    } else {
      executors.owner().execute(() -> done.completed(reason));
    }
  }

  private void saveShutdownState(Completion done) {
    save(ShutdownState.NAME, () -> commits.life().encode(), done);
  }

  @Override
  public byte @Nullable [] meta(String name) {
    return metadata.get(name);
  }

  @Override
  public long durableEnd() {
    return appends.durableEnd();
  }

  @Override
  public StorageRecovery recovery() {
    return recovery;
  }

  @Override
  public List<CorruptRange> unhandledDamage() {
    return damage.unhandled();
  }

  @Override
  public void recoveryHandled(Collection<CorruptRange> ranges, boolean loss, Completion done) {
    quarantine.handled(ranges, loss, done);
  }

  @Override
  public void snapshot(String name, Completion done) {
    maintenance.snapshot.add(name, metadata::all, done);
  }

  @Override
  public StorageStatistics statistics() {
    return counters.snapshot(
        index, commits, maintenance, reads.records(), damage, hot, stalls.reason() != null);
  }

  @Override
  public @Nullable StorageFailure failure() {
    return lifecycle.failure();
  }

  @Override
  public void close(Runnable done) {
    lifecycle.close(done);
  }
}
