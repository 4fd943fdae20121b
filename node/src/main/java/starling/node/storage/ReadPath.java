package starling.node.storage;

import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;
import starling.node.storage.index.DamagedPageException;
import starling.node.storage.index.EntryCursor;

/**
 * The read path, from a key to its newest set: the cache of values, the index, the record itself.
 * Every read checks the index entry against the record: checksum, key and length. Owned by one
 * thread.
 */
final class ReadPath {
  /** What the read path tells the store. */
  interface Store {
    /** A record is damaged. */
    void damaged(CorruptRange range);

    /** A record cannot be reached, since the index is damaged. */
    void unreachable(CorruptRange range);

    void failed(StorageFailure reason);
  }

  private final StorageConfig config;
  private final LiveIndex index;
  private final Damage damage;
  private final ValueCache hot;
  private final RecordReads reads;
  private final Scans scans;
  private final SetScans setScans;
  private final LogCounters counters;
  private final Store store;
  private final EntryCursor found = new EntryCursor();
  private boolean finished;

  ReadPath(
      StorageConfig config,
      StorageExecutors executors,
      StoragePorts ports,
      LiveIndex index,
      Damage damage,
      ValueCache hot,
      LogCounters counters,
      Store store) {
    this.config = config;
    this.index = index;
    this.damage = damage;
    this.hot = hot;
    this.reads =
        new RecordReads(
            config, executors.readers(), executors.owner(), ports.clock(), ports.timers());
    this.scans = new Scans(index, executors.readers(), executors.owner(), ports.timers());
    this.setScans = new SetScans(index, executors.readers(), executors.owner(), ports.timers());
    this.counters = counters;
    this.store = store;
  }

  /** The store is closed: no read may begin. */
  void finish() {
    finished = true;
  }

  RecordReads records() {
    return reads;
  }

  void read(Key key, Consumer<@Nullable Stored> answer) {
    if (finished) {
      throw new IllegalStateException("the store is closed");
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

  /** Reads the record of the entry in {@code found}. */
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
              + " bytes, more than the "
              + config.maxRecordBytes()
              + " that this heap permits: start the node with a larger heap (-Xmx)");
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
      // During the retries the record was compacted or replaced.
      readRecord(key, answer);
      return;
    }
    Stored stored = null;
    try {
      boolean asTheIndexSays = key.equals(read.key()) && read.versionHash() == versionHash;
      if (asTheIndexSays || finished || indexSound(key)) {
        stored = stored(key, location, length, read);
      } else {
        store.unreachable(rotten(key, location, length));
      }
    } finally {
      answer.accept(stored);
    }
  }

  /**
   * Index entry and record disagree: returns whether the index is sound, so that the record is
   * damaged.
   */
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
      // The index cannot be checked now; the result of the read stands.
      return true;
    }
  }

  /** The log is sound, the index is not: the next open rebuilds it. */
  private void indexRotted(DamagedPageException e) {
    store.failed(
        new StorageFailure(
            "the index is damaged; restart the node to rebuild it from the log: "
                + e.getMessage()));
  }

  private static CorruptRange rotten(Key key, long location, int length) {
    return new CorruptRange(
        Location.segment(location),
        Location.offset(location),
        length,
        key,
        "the index page that points to it is damaged");
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
      // Another key of the same position has its fingerprint; from now on both are kept by name.
      index.shared.found(key);
      return null;
    }
    Stored whole = new Stored(read.versionHash(), set);
    if (!finished && newest(key, location)) {
      // Still the newest: a write may have overtaken a slow read.
      hot.put(key, whole);
    }
    return whole;
  }

  private boolean newest(Key key, long location) {
    try {
      return find(key) && found.location == location;
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      // The read itself succeeded, and the next read of the key meets the error again.
      return false;
    }
  }

  /** Finds the entry of a key's newest visible record, and puts it into {@code found}. */
  private boolean find(Key key) {
    return find(key, false);
  }

  /**
   * @param certain checks an entry that is found too, for a caller that does not read its record
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
    store.damaged(
        new CorruptRange(
            Location.segment(location), Location.offset(location), length, key, reason));
  }

  OptionalLong versionHash(Key key) {
    // No read checks this answer: the hash of a lost record would make replicas seem equal.
    return find(key, true) && !damage.covers(found.location) && present(found.location)
        ? OptionalLong.of(found.versionHash)
        : OptionalLong.empty();
  }

  private boolean present(long location) {
    return index.segments.get(Location.segment(location)) != null;
  }

  void scan(PositionRange range, @Nullable Key after, int limit, Consumer<ScanPage> answer) {
    try {
      scans.scan(range, after, limit, damage::at, store::damaged, answer);
    } catch (DamagedPageException e) {
      indexRotted(e);
      throw e;
    }
  }

  void scanSets(SetScan scan, Consumer<SetPage> answer) {
    try {
      setScans.scan(scan, damage::at, store::damaged, answer);
    } catch (DamagedPageException e) {
      indexRotted(e);
      throw e;
    }
  }
}
