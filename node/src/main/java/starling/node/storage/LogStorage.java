package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;
import starling.node.port.DiskFullException;
import starling.node.port.OutOfMemory;
import starling.node.port.TransientDiskException;
import starling.node.storage.index.DamagedPageException;
import starling.node.storage.index.EntryCursor;

/**
 * The store: an append-only log of checksummed records, which is the truth, and an index of where
 * the newest record of each key lies, which can always be made anew from it.
 *
 * <p>1. A record is in the index exactly from its completion on; reads see nothing else. 2. What
 * the index says is checked against the record itself at every read: checksum, key and length. 3.
 * The first failed write or fsync of the log is final; reads of what was completed before go on. A
 * disk without room is no failure, and neither is a process without free descriptors: appends are
 * refused until there are some, and what was accepted waits. 4. All executors run a task after
 * {@code execute} returned or on another thread, never inside it; those of the owner, the writer
 * and the background run one after the other.
 */
public final class LogStorage implements Storage {
  private final StorageConfig config;
  private final StorageExecutors executors;
  private final StorageListener listener;
  private final LiveIndex index;
  private final GroupCommit commits;
  private final LogWriter log;
  private final MetadataQueue metadata;
  private final RecordReads reads;
  private final Scans scans;
  private final Maintenance maintenance;
  private final Damage damage;
  private final StorageRecovery recovery;
  private final LogCounters counters = new LogCounters();
  private final ValueCache hot;
  private final EntryCursor found = new EntryCursor();
  private final Stalls stalls = new Stalls();

  /** Of those that want one place of the index, the last that is on its way. */
  private final Map<WriteGroup.Append, WriteGroup.Append> underWay = new HashMap<>();

  /** Those that wait until what was completed is durable. */
  private final List<Completion> syncing = new ArrayList<>();

  private @Nullable StorageFailure failure;
  private @Nullable Runnable closing;
  private boolean finished;
  private long durableEnd;

  private String lastBucket = "";
  private int lastBucketBytes;

  /**
   * Opens the store in a directory: reads what is there, cuts a torn end, begins a new segment.
   * Blocks. Everything afterwards is called on the owner's thread.
   *
   * @throws StoreRefusedException if the files are another store's or another version's
   */
  public static LogStorage open(
      Disk disk,
      StorageConfig config,
      StorageExecutors executors,
      StoragePorts ports,
      StorageListener listener)
      throws IOException {
    MetadataFiles files = new MetadataFiles(disk, config.storeId());
    List<String> damagedMeta = new ArrayList<>();
    Map<String, byte[]> values = files.readAll(damagedMeta);
    byte[] lastLife = values.remove(ShutdownState.NAME);
    byte[] lastManifest = values.remove(Manifest.NAME);
    ShutdownState before = lastLife == null ? null : ShutdownState.decode(lastLife);
    Manifest manifest = lastManifest == null ? null : Manifest.decode(lastManifest);
    LogRecovery log =
        new LogRecovery(
            disk,
            config,
            manifest,
            before != null && before.clean() ? before.knownSegment() : 0,
            before == null ? List.of() : before.damage(),
            ports.identity());
    SegmentPool pool = new SegmentPool(disk, config.segmentBytes());
    log.run();
    pool.open();

    boolean fresh = before == null && values.isEmpty() && damagedMeta.isEmpty();
    fresh &= log.nextSegmentId == 1;
    boolean noValues = values.isEmpty() && damagedMeta.isEmpty();
    String loss = fresh ? null : loss(before, config.bootId(), log.endOfSegments, noValues);
    Damage damage = Damage.of(before, log.setAside, log.segments, log.rebuilt);
    SegmentIds ids =
        new SegmentIds(
            config.storeId(), ports.identity().nextLong(), log.nextSegmentId, log.lastHot());
    LogWriter end = new LogWriter(config, files, ports.clock(), pool, ids);
    ShutdownState life =
        new ShutdownState(
            false,
            false,
            loss != null,
            config.bootId(),
            end.segment().id(),
            damage.handled(),
            damage.unhandled());
    files.write(ShutdownState.NAME, life.encode());
    log.discardEmptyEnd();
    // The index is made anew, and a life that cannot be read says that something may be lost.
    damagedMeta.remove(ShutdownState.NAME);
    damagedMeta.remove(Manifest.NAME);
    StorageRecovery recovery =
        new StorageRecovery(
            fresh, log.records, log.tornBytes, damage.unhandled(), damagedMeta, loss, log.end());
    return new LogStorage(
        disk, config, executors, ports, listener, pool, ids, end, values, log, life, damage,
        recovery);
  }

  /** Why something that was acknowledged may be gone, or null. */
  private static @Nullable String loss(
      @Nullable ShutdownState before, String bootId, long endOfSegments, boolean noValues) {
    if (before == null) {
      return noValues
          ? "the directory meta is empty and log is not: what this node knew of itself and its"
              + " cluster is lost"
          : "the file meta/" + ShutdownState.NAME + " is missing or damaged";
    }
    if (before.knownSegment() >= endOfSegments) {
      return endOfSegments == 1
          ? "the directory log is empty, and segment "
              + before.knownSegment()
              + " was begun in it: the data of this node is lost"
          : "the directory log ends before segment "
              + before.knownSegment()
              + ", which was begun in it: what was written last is lost";
    }
    if (before.mayHaveLost()) {
      return "what an earlier start found lost has not come back yet";
    }
    boolean unsynced = !before.clean() && before.acknowledgedUnsynced();
    return unsynced && !before.bootId().equals(bootId)
        ? "the machine went down with writes that were not fsynced"
        : null;
  }

  private LogStorage(
      Disk disk,
      StorageConfig config,
      StorageExecutors executors,
      StoragePorts ports,
      StorageListener listener,
      SegmentPool pool,
      SegmentIds ids,
      LogWriter log,
      Map<String, byte[]> values,
      LogRecovery recovered,
      ShutdownState life,
      Damage damage,
      StorageRecovery recovery) {
    this.config = config;
    this.executors = executors;
    this.listener = listener;
    this.log = log;
    this.index = new LiveIndex(recovered);
    this.damage = damage;
    this.recovery = recovery;
    this.durableEnd = recovery.end();
    this.commits =
        new GroupCommit(
            config, log, executors.writer(), executors.owner(), ports.timers(), life, onCommits());
    this.metadata =
        new MetadataQueue(
            values, log, executors.writer(), executors.owner(), ports.timers(), onMetadata());
    this.reads =
        new RecordReads(
            config, executors.readers(), executors.owner(), ports.clock(), ports.timers());
    this.hot = new ValueCache(config.hotValueBytes());
    this.scans = new Scans(index, executors.readers(), executors.owner(), ports.timers());
    this.maintenance =
        new Maintenance(
            disk,
            config,
            executors,
            ports,
            index,
            commits,
            pool,
            ids,
            recovered,
            damage::at,
            onMaintenance());
    index.segments.add(
        new SegmentTable.Entry(
            log.segment(),
            SegmentHeader.BYTES,
            Location.of(log.segment().id(), SegmentHeader.BYTES),
            false));
    damage.segments().forEach(this::quarantine);
    maintenance.begin(log.segment());
  }

  @Override
  public @Nullable AppendRejection append(
      Key key,
      int partition,
      long versionHash,
      byte[] set,
      Durability durability,
      Completion done) {
    return add(RecordLayout.PUT, key, partition, versionHash, set, durability, done);
  }

  @Override
  public @Nullable AppendRejection reap(Key key, int partition, long versionHash, Completion done) {
    return add(
        RecordLayout.REAPED, key, partition, versionHash, new byte[0], Durability.SYNCED, done);
  }

  private @Nullable AppendRejection add(
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
          "no record can hold partition " + partition + ", " + length + " bytes for " + key);
    }
    AppendRejection now = refuses();
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
      // Its record is not in the index yet, so that no read could have told.
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

  @Override
  public @Nullable AppendRejection refuses() {
    if (closing != null || failure != null) {
      return AppendRejection.STOPPED;
    }
    if (maintenance.freeSpace.full()) {
      return AppendRejection.DISK_FULL;
    }
    return stalls.holdAppends() || maintenance.indexFull() ? AppendRejection.STALLED : null;
  }

  private void stalled(Stalls.Part part, @Nullable String reason) {
    if (stalls.changed(part, reason)) {
      listener.stallChanged(stalls.reason());
    }
  }

  private GroupCommit.Listener onCommits() {
    return new GroupCommit.Listener() {
      @Override
      public void written(WriteGroup group) {
        LogStorage.this.written(group);
      }

      @Override
      public void sealed(Segment segment, long end) {
        SegmentTable.Entry entry = index.segments.get(segment.id());
        if (entry != null) {
          entry.end = end;
          entry.sealed = true;
        }
        maintenance.sealed(Location.of(segment.id(), end));
      }

      @Override
      public void stalled(@Nullable TransientDiskException reason) {
        DiskFullException full = reason instanceof DiskFullException e ? e : null;
        maintenance.freeSpace.logWaits(words(full));
        LogStorage.this.stalled(Stalls.Part.LOG, full == null ? words(reason) : null);
      }

      @Override
      public void failed(StorageFailure reason) {
        fail(reason);
      }
    };
  }

  private Maintenance.Listener onMaintenance() {
    return new Maintenance.Listener() {
      @Override
      public void failed(StorageFailure reason) {
        fail(reason);
      }

      @Override
      public void damaged(CorruptRange range) {
        LogStorage.this.setAside(range);
      }

      @Override
      public void roomChanged(boolean full, String reason) {
        listener.roomChanged(full, reason);
      }

      @Override
      public void stalled(@Nullable String reason) {
        LogStorage.this.stalled(Stalls.Part.BACKGROUND, reason);
      }

      @Override
      public void troubled(String operation, Throwable reason) {
        counters.failedOperations++;
        listener.operationFailed(operation, reason);
      }

      @Override
      public void ended() {
        finishIfClosing();
      }
    };
  }

  private void written(WriteGroup group) {
    counters.add(group);
    // A segment without a record may be gone after a loss of power, its name and all.
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
        // The others still must hear of theirs.
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
      fail(unknown);
      return;
    }
    maintenance.logged(group.end, group.allDurable, group.bytesWritten);
    finishIfClosing();
    Completion.rethrow(thrown);
  }

  /**
   * Enters a written record into the index. An index that does not know a record of the log answers
   * with an older one, so an error here is final; the next open makes the index anew.
   */
  private @Nullable StorageFailure enter(WriteGroup.Append append) {
    try {
      landed(append);
      apply(append);
      return null;
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      return new StorageFailure("the index did not take a record that was written: " + e);
    }
  }

  @SuppressWarnings("ReferenceEquality") // equal ones may have set out since
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

  @Override
  public void drop(PositionRange range, Completion done) {
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
      executors.owner().execute(() -> done.completed(new StorageFailure("refused: " + refused)));
    }
  }

  @Override
  public void sync(Completion done) {
    StorageFailure reason = failure;
    if (reason == null && closing != null) {
      reason = new StorageFailure("the store is closing");
    }
    if (reason != null || !commits.unsynced()) {
      StorageFailure known = reason;
      executors.owner().execute(() -> done.completed(known));
      return;
    }
    syncing.add(done);
    commits.forceSoon();
  }

  /** A durable group came back, and all before it are durable with it; or none will any more. */
  private void synced(@Nullable StorageFailure reason) {
    List<Completion> waiting = List.copyOf(syncing);
    syncing.clear();
    Completion.all(waiting, reason);
  }

  @Override
  public void read(Key key, Consumer<@Nullable Stored> answer) {
    if (finished) {
      throw new IllegalStateException("read after close");
    }
    counters.reads++;
    Stored known = hot.get(key);
    if (known != null) {
      answer.accept(known);
      return;
    }
    if (!find(key)) {
      answer.accept(null);
      return;
    }
    readRecord(key, answer);
  }

  /** Reads the record that {@code found} tells of. */
  private void readRecord(Key key, Consumer<@Nullable Stored> answer) {
    long location = found.location;
    int length = found.length;
    long versionHash = found.versionHash;
    if (length > config.maxRecordBytes()) {
      throw new IllegalStateException(
          "the record of "
              + key
              + " has "
              + length
              + " bytes, and this heap bears records of "
              + config.maxRecordBytes()
              + ": start the node with a larger one (-Xmx)");
    }
    SegmentTable.Entry entry = index.segments.get(Location.segment(location));
    if (entry == null) {
      RecordReads.Read none = RecordReads.flaw("its segment is missing");
      answer(key, location, length, versionHash, none, answer);
      return;
    }
    reads.read(
        entry.segment,
        location,
        length,
        read -> answer(key, location, length, versionHash, read, answer));
  }

  private void answer(
      Key key,
      long location,
      int length,
      long versionHash,
      RecordReads.Read read,
      Consumer<@Nullable Stored> answer) {
    if (read.set() == null && !finished && elsewhere(key, location)) {
      // While the read was tried again, the record was copied or another one took its place.
      readRecord(key, answer);
      return;
    }
    Stored stored = null;
    try {
      boolean asTheIndexSays = key.equals(read.key()) && read.versionHash() == versionHash;
      if (asTheIndexSays || finished || indexSound(key)) {
        stored = stored(key, location, length, read);
      } else {
        listener.setAside(rotten(key, location, length));
      }
    } finally {
      answer.accept(stored);
    }
  }

  /** What the index says of a key is not what its record says: which of them is to be believed. */
  private boolean indexSound(Key key) {
    try {
      boolean unused =
          index.findChecked(
              key.position(), index.fingerprint.of(key.bucket(), key.bytes()), new EntryCursor());
      return true;
    } catch (DamagedPageException e) {
      indexRotted(e);
      return false;
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      // It cannot be told now; the record is what it is.
      return true;
    }
  }

  /** The log is sound, the way into it is not: the next open makes the index anew. */
  private void indexRotted(DamagedPageException e) {
    fail(new StorageFailure("the index is made anew by a restart: " + e.getMessage()));
  }

  private static CorruptRange rotten(Key key, long location, int length) {
    return new CorruptRange(
        Location.segment(location),
        Location.offset(location),
        length,
        key,
        "the page of the index that leads to it has rotted");
  }

  private boolean elsewhere(Key key, long location) {
    try {
      return find(key) && found.location != location;
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      return false;
    }
  }

  private @Nullable Stored stored(Key key, long location, int length, RecordReads.Read read) {
    byte[] set = read.set();
    Key stored = read.key();
    if (set == null || stored == null) {
      damaged(key, location, length, String.valueOf(read.flaw()));
      return null;
    }
    if (!stored.equals(key)) {
      // Another key of the same position has its fingerprint; from here on both are known.
      index.shared.found(key);
      return null;
    }
    Stored whole = new Stored(read.versionHash(), set);
    if (!finished && newest(key, location)) {
      // Still the newest: a read that took its time may have been overtaken.
      hot.put(key, whole);
    }
    return whole;
  }

  private boolean newest(Key key, long location) {
    try {
      return find(key) && found.location == location;
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      // The read itself went well, and the next one of the key meets the error again.
      return false;
    }
  }

  /** Finds where the newest visible record of a key lies, and puts it into {@code found}. */
  private boolean find(Key key) {
    return find(key, false);
  }

  /**
   * @param certain an entry that is found is checked too, for who does not read its record
   */
  private boolean find(Key key, boolean certain) {
    FingerprintCollisions.Entry shared = index.shared.get(key);
    if (shared != null) {
      found.location = shared.location();
      found.length = shared.length();
      found.versionHash = shared.versionHash();
      return shared.length() > 0 && !damage.at(shared.location());
    }
    long print = index.fingerprint.of(key.bucket(), key.bytes());
    try {
      boolean there =
          certain
              ? index.findChecked(key.position(), print, found)
              : index.find(key.position(), print, found);
      return there && !found.removed && !damage.at(found.location);
    } catch (DamagedPageException e) {
      indexRotted(e);
      throw e;
    }
  }

  private void damaged(Key key, long location, int length, String reason) {
    setAside(
        new CorruptRange(
            Location.segment(location), Location.offset(location), length, key, reason));
  }

  private void setAside(CorruptRange range) {
    if (damage.found(range)) {
      quarantine(range.segment());
      if (range.key() != null) {
        hot.remove(range.key());
      }
      commits.life(commits.life().withDamage(damage.handled(), damage.unhandled()));
      save(ShutdownState.NAME, () -> commits.life().encode(), failed -> {});
      listener.setAside(range);
    }
  }

  /** Compaction leaves the segment where it is, so that no copy of a damaged record is made. */
  private void quarantine(long segment) {
    SegmentTable.Entry entry = index.segments.get(segment);
    if (entry != null) {
      entry.damaged = true;
    }
  }

  @Override
  public OptionalLong versionHash(Key key) {
    // No read checks this answer: with the hash of a lost record, replicas would seem to be equal.
    return find(key, true) && !damage.covers(found.location) && present(found.location)
        ? OptionalLong.of(found.versionHash)
        : OptionalLong.empty();
  }

  private boolean present(long location) {
    return index.segments.get(Location.segment(location)) != null;
  }

  @Override
  public void scan(PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer) {
    try {
      scans.scan(range, after, limit, damage::at, this::setAside, answer);
    } catch (DamagedPageException e) {
      indexRotted(e);
      throw e;
    }
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
      throw new IllegalArgumentException(name + " is the store's own");
    }
    byte[] copy = bytes.clone();
    save(name, () -> copy, done);
  }

  private void save(String name, Supplier<byte[]> value, Completion done) {
    if (failure != null || closing != null) {
      StorageFailure reason =
          failure != null ? failure : new StorageFailure("the store is closing");
      executors.owner().execute(() -> done.completed(reason));
    } else {
      metadata.save(name, value, done);
    }
  }

  private MetadataQueue.Listener onMetadata() {
    return new MetadataQueue.Listener() {
      @Override
      public void saved(@Nullable StorageFailure reason) {
        if (reason != null) {
          fail(reason);
        } else {
          counters.metaSaves++;
          finishIfClosing();
        }
      }

      @Override
      public void stalled(@Nullable TransientDiskException reason) {
        DiskFullException full = reason instanceof DiskFullException e ? e : null;
        if (full != null) {
          maintenance.freeSpace.diskFull(String.valueOf(full.getMessage()));
        }
        LogStorage.this.stalled(Stalls.Part.METADATA, full == null ? words(reason) : null);
      }
    };
  }

  private static @Nullable String words(@Nullable TransientDiskException stall) {
    return stall == null ? null : String.valueOf(stall.getMessage());
  }

  @Override
  public byte @Nullable [] meta(String name) {
    return metadata.get(name);
  }

  @Override
  public long durableEnd() {
    return durableEnd;
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
    damage.handle(ranges);
    ShutdownState life = loss ? commits.life().withLossHandled() : commits.life();
    commits.life(life.withDamage(damage.handled(), damage.unhandled()));
    save(ShutdownState.NAME, () -> commits.life().encode(), done);
  }

  @Override
  public void snapshot(String name, Completion done) {
    maintenance.snapshot.add(name, metadata::all, done);
  }

  @Override
  public StorageStatistics statistics() {
    return counters.snapshot(
        index, commits, maintenance, reads, damage, hot, stalls.reason() != null);
  }

  private void fail(StorageFailure reason) {
    if (failure == null) {
      failure = reason;
      // Whatever one of them throws, the others hear of it.
      List<Completion> all =
          List.of(
              told -> listener.failed(reason),
              told -> commits.fail(reason),
              told -> synced(reason),
              told -> metadata.fail(reason),
              told -> maintenance.stop(reason));
      try {
        Completion.all(all, reason);
      } finally {
        finishIfClosing();
      }
      return;
    }
    finishIfClosing();
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
    commits.close();
    maintenance.close();
    finishIfClosing();
  }

  private void finishIfClosing() {
    Runnable done = closing;
    boolean idle = failure != null || (commits.idle() && metadata.idle());
    if (done == null || finished || !idle || !maintenance.idle()) {
      return;
    }
    finished = true;
    ShutdownState life = commits.life();
    executors
        .writer()
        .execute(
            () -> {
              StorageFailure reason = log.finish(life);
              executors.owner().execute(() -> closed(reason, done));
            });
  }

  private void closed(@Nullable StorageFailure reason, Runnable done) {
    if (reason != null && failure == null) {
      failure = reason;
      listener.failed(reason);
    }
    index.runs.closeAll();
    index.segments.all().forEach(entry -> entry.segment.letGo());
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
