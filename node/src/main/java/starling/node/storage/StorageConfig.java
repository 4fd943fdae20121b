package starling.node.storage;

import java.util.UUID;
import starling.node.storage.index.Fingerprint;

/**
 * How a store is opened. Made by {@link #of} and the methods that change one thing.
 *
 * @param storeId whose store this is; files of another one are refused
 * @param bootId names this start of the machine: what a killed process wrote outlives it in the
 *     page cache, but only until the next boot
 * @param segmentBytes size of a segment's file, written beforehand; a record that fits no more
 *     begins the next. Low: many files; high: compaction in large steps
 * @param queueRecords most appends waiting or being written; more are refused
 * @param queueBytes the same in bytes; a single larger record is taken while half of it is free
 * @param writeBufferBytes largest single write, and size of the one direct buffer for it
 * @param maxRecordBytes largest record; a larger one is not appended, and not read if it stands
 *     there: memory for it was not set aside
 * @param replicatedSyncNanos after how long a write that did not wait for its fsync gets one; below
 *     the promised 10 ms by what a fsync takes
 * @param idleMarkNanos after how long without writes the log notes that all before is durable
 * @param memtableEntries a memtable of so many entries is flushed. Low: many small runs to merge;
 *     high: more heap, and more log to read at a start
 * @param memtableLogBytes the same for bytes of the log
 * @param memtableNanos the same for its age
 * @param rebuildEntries most keys in memory at once when the index is made anew
 * @param reserveBytes appends are refused while less is free on the disk; 0 takes what there is
 * @param roomNanos how often the free room is looked at while the log grows
 * @param leastLive compaction keeps at least this part of the log alive
 * @param compactionBytesPerSecond how fast compaction reads
 * @param scrubNanos how long one reading of the whole log takes, and the pause after it; 0 never
 * @param slowReadNanos a read that took longer came from the disk; 0: let all reads be done by the
 *     readers
 * @param coldNanos how long the readers read a segment that was slow
 * @param hotValueBytes heap for the sets that are asked for most; 0 for none
 * @param compression how the sets of a bucket are kept
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

  /** The defaults, for a store and a boot; without a reserve, and without a cache of values. */
  public static StorageConfig of(UUID storeId, String bootId) {
    return new StorageConfig(
        storeId,
        bootId,
        64 << 20,
        64 << 10,
        64 << 20,
        1 << 20,
        1 << 30,
        5_000_000,
        100_000_000,
        128 << 10,
        64 << 20,
        60_000_000_000L,
        4 << 20,
        0,
        1_000_000_000,
        0.6,
        20 << 20,
        86_400_000_000_000L,
        200_000,
        1_000_000_000,
        0,
        bucket -> Compression.NONE,
        Fingerprint::sipHash);
  }

  public StorageConfig withSegmentBytes(long bytes) {
    return new StorageConfig(
        storeId,
        bootId,
        bytes,
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

  public StorageConfig withQueue(int records, long bytes) {
    return new StorageConfig(
        storeId,
        bootId,
        segmentBytes,
        records,
        bytes,
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

  public StorageConfig withMaxRecordBytes(int bytes) {
    return new StorageConfig(
        storeId,
        bootId,
        segmentBytes,
        queueRecords,
        queueBytes,
        writeBufferBytes,
        bytes,
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

  public StorageConfig withWriteBufferBytes(int bytes) {
    return new StorageConfig(
        storeId,
        bootId,
        segmentBytes,
        queueRecords,
        queueBytes,
        bytes,
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

  public StorageConfig withMemtable(int entries, long logBytes, long nanos) {
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
        entries,
        logBytes,
        nanos,
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

  public StorageConfig withRebuildEntries(int entries) {
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
        entries,
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

  public StorageConfig withReserveBytes(long bytes) {
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
        bytes,
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

  public StorageConfig withCompaction(double live, long bytesPerSecond) {
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
        live,
        bytesPerSecond,
        scrubNanos,
        slowReadNanos,
        coldNanos,
        hotValueBytes,
        compression,
        fingerprints);
  }

  public StorageConfig withScrubNanos(long nanos) {
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
        nanos,
        slowReadNanos,
        coldNanos,
        hotValueBytes,
        compression,
        fingerprints);
  }

  public StorageConfig withSlowReadNanos(long nanos) {
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
        nanos,
        coldNanos,
        hotValueBytes,
        compression,
        fingerprints);
  }

  public StorageConfig withHotValueBytes(long bytes) {
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
        bytes,
        compression,
        fingerprints);
  }

  public StorageConfig withCompression(Compression.Choice choice) {
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
        choice,
        fingerprints);
  }

  public StorageConfig withFingerprints(Fingerprint.Source source) {
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
        source);
  }

  private static void require(boolean holds, String name, long value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " out of range: " + value);
    }
  }
}
