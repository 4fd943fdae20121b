package starling.node.storage;

import java.util.UUID;
import java.util.function.Consumer;
import starling.node.storage.index.Fingerprint;

/**
 * How a store is opened: the defaults of {@link #of}, changed by {@link #with}.
 *
 * @param storeId whose store this is; files of another store are rejected
 * @param bootId names this start of the machine: bytes that a killed process wrote stay in the page
 *     cache, but only until the next boot
 * @param segmentBytes size of a segment's file, written beforehand; a record that no longer fits
 *     begins the next segment. Low: many files; high: compaction in large steps
 * @param queueRecords maximum of appends that wait or are being written; more are rejected
 * @param queueBytes the same in bytes; a single larger record is accepted while half of it is free
 * @param writeBufferBytes largest single write, and size of the one direct buffer for it
 * @param maxRecordBytes largest record. A larger one is not appended, and a larger one in the log
 *     is not read: no memory is reserved for it
 * @param replicatedSyncNanos after how long a write that did not wait for its fsync gets one; below
 *     the promised 10 ms by the time that an fsync takes
 * @param idleMarkNanos after how long without writes the log notes that all records are durable
 * @param memtableEntries a memtable of so many entries is flushed. Low: many small runs to merge;
 *     high: more heap, and more log to read at a start
 * @param memtableLogBytes a memtable is flushed when the log has grown by so many bytes
 * @param memtableNanos a memtable of this age is flushed
 * @param rebuildEntries maximum of keys in memory at once while the index is rebuilt
 * @param reserveBytes appends are rejected while less is free on the disk; 0 uses all free space
 * @param roomNanos how often the free space is measured while the log grows
 * @param leastLive compaction keeps at least this part of the log alive
 * @param compactionBytesPerSecond how fast compaction reads
 * @param scrubNanos how long one scrub of the whole log takes, and the pause after it; 0 for never
 * @param slowReadNanos a read that took longer came from the disk; 0 has the readers do all reads
 * @param coldNanos how long the readers read a segment after slow reads of it
 * @param hotValueBytes heap for the sets that are read most; 0 for none
 * @param compression how the sets of a bucket are compressed
 * @param fingerprints how keys of one position are told apart
 */
public record StorageConfig(
    UUID storeId,
    String bootId,
    long segmentBytes,
    int queueRecords,
    long queueBytes,
    int writeBufferBytes,
    int maxRecordBytes,
    long replicatedSyncNanos,
    long idleMarkNanos,
    int memtableEntries,
    long memtableLogBytes,
    long memtableNanos,
    int rebuildEntries,
    long reserveBytes,
    long roomNanos,
    double leastLive,
    long compactionBytesPerSecond,
    long scrubNanos,
    long slowReadNanos,
    long coldNanos,
    long hotValueBytes,
    Compression.Choice compression,
    Fingerprint.Source fingerprints) {
  /** Smallest write buffer: a record's head with the longest bucket name and key must fit. */
  public static final int MIN_WRITE_BUFFER_BYTES = 256 << 10;

  /** No set of any record is longer. */
  static final int MAX_SET_BYTES = 1 << 30;

  public StorageConfig {
    require(segmentBytes >= 4096 && segmentBytes <= 1L << 30, "segmentBytes", segmentBytes);
    require(queueRecords > 0, "queueRecords", queueRecords);
    require(queueBytes > 0, "queueBytes", queueBytes);
    require(writeBufferBytes >= MIN_WRITE_BUFFER_BYTES, "writeBufferBytes", writeBufferBytes);
    require(
        maxRecordBytes >= 1024 && maxRecordBytes <= MAX_SET_BYTES,
        "maxRecordBytes",
        maxRecordBytes);
    require(
        replicatedSyncNanos > 0 && replicatedSyncNanos <= 10_000_000,
        "replicatedSyncNanos",
        replicatedSyncNanos);
    require(idleMarkNanos > 0, "idleMarkNanos", idleMarkNanos);
    require(memtableEntries > 0, "memtableEntries", memtableEntries);
    require(memtableLogBytes > 0, "memtableLogBytes", memtableLogBytes);
    require(memtableNanos > 0, "memtableNanos", memtableNanos);
    require(rebuildEntries > 1, "rebuildEntries", rebuildEntries);
    require(reserveBytes >= 0, "reserveBytes", reserveBytes);
    require(roomNanos > 0, "roomNanos", roomNanos);
    require(leastLive > 0 && leastLive < 1, "leastLive in percent", (long) (100 * leastLive));
    require(compactionBytesPerSecond > 0, "compactionBytesPerSecond", compactionBytesPerSecond);
    require(scrubNanos >= 0, "scrubNanos", scrubNanos);
    require(slowReadNanos >= 0, "slowReadNanos", slowReadNanos);
    require(coldNanos > 0, "coldNanos", coldNanos);
    require(hotValueBytes >= 0, "hotValueBytes", hotValueBytes);
  }

  /** The defaults, for a store and a boot: no reserve of free space, no cache of values. */
  public static StorageConfig of(UUID storeId, String bootId) {
    return new Draft(storeId, bootId).config();
  }

  /** The same configuration with some options changed. */
  public StorageConfig with(Consumer<Draft> changes) {
    Draft draft = new Draft(this);
    changes.accept(draft);
    return draft.config();
  }

  /** The options of a configuration while they may still change, with their defaults. */
  public static final class Draft {
    private final UUID storeId;
    private final String bootId;
    public long segmentBytes = 64 << 20;
    public int queueRecords = 64 << 10;
    public long queueBytes = 64 << 20;
    public int writeBufferBytes = 1 << 20;
    public int maxRecordBytes = 1 << 30;
    public long replicatedSyncNanos = 5_000_000;
    public long idleMarkNanos = 100_000_000;
    public int memtableEntries = 128 << 10;
    public long memtableLogBytes = 64 << 20;
    public long memtableNanos = 60_000_000_000L;
    public int rebuildEntries = 4 << 20;
    public long reserveBytes = 0;
    public long roomNanos = 1_000_000_000;
    public double leastLive = 0.6;
    public long compactionBytesPerSecond = 20 << 20;
    public long scrubNanos = 86_400_000_000_000L;
    public long slowReadNanos = 200_000;
    public long coldNanos = 1_000_000_000;
    public long hotValueBytes = 0;
    public Compression.Choice compression = bucket -> Compression.NONE;
    public Fingerprint.Source fingerprints = Fingerprint::sipHash;

    private Draft(UUID storeId, String bootId) {
      this.storeId = storeId;
      this.bootId = bootId;
    }

    private Draft(StorageConfig from) {
      storeId = from.storeId;
      bootId = from.bootId;
      segmentBytes = from.segmentBytes;
      queueRecords = from.queueRecords;
      queueBytes = from.queueBytes;
      writeBufferBytes = from.writeBufferBytes;
      maxRecordBytes = from.maxRecordBytes;
      replicatedSyncNanos = from.replicatedSyncNanos;
      idleMarkNanos = from.idleMarkNanos;
      memtableEntries = from.memtableEntries;
      memtableLogBytes = from.memtableLogBytes;
      memtableNanos = from.memtableNanos;
      rebuildEntries = from.rebuildEntries;
      reserveBytes = from.reserveBytes;
      roomNanos = from.roomNanos;
      leastLive = from.leastLive;
      compactionBytesPerSecond = from.compactionBytesPerSecond;
      scrubNanos = from.scrubNanos;
      slowReadNanos = from.slowReadNanos;
      coldNanos = from.coldNanos;
      hotValueBytes = from.hotValueBytes;
      compression = from.compression;
      fingerprints = from.fingerprints;
    }

    private StorageConfig config() {
      return new StorageConfig(
          storeId,
          bootId,
          segmentBytes,
          queueRecords,
          queueBytes,
          writeBufferBytes,
          maxRecordBytes,
          replicatedSyncNanos,
          idleMarkNanos,
          memtableEntries,
          memtableLogBytes,
          memtableNanos,
          rebuildEntries,
          reserveBytes,
          roomNanos,
          leastLive,
          compactionBytesPerSecond,
          scrubNanos,
          slowReadNanos,
          coldNanos,
          hotValueBytes,
          compression,
          fingerprints);
    }
  }

  private static void require(boolean holds, String name, long value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " out of range: " + value);
    }
  }
}
