package starling.node.storage;

import java.util.UUID;

/**
 * How a store is opened.
 *
 * @param storeId whose store this is; files of another one are refused
 * @param bootId names this start of the machine: what a killed process wrote outlives it in the
 *     page cache, but only until the next boot
 * @param segmentBytes a segment that reached this size is sealed and a new one begun. Low: many
 *     files; high: slow recovery of the last one
 * @param queueRecords most appends waiting or being written; more are refused
 * @param queueBytes the same in bytes; a single larger record is taken when nothing waits
 * @param writeBufferBytes largest single write, and size of the one direct buffer for it
 * @param maxRecordBytes largest record; a larger one is a programmer's error
 * @param replicatedSyncNanos after how long a write that did not wait for its fsync gets one; below
 *     the promised 10 ms by what a fsync takes
 * @param idleMarkNanos after how long without writes the log notes that all before is durable
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
    long idleMarkNanos) {
  /** Smallest write buffer: a record's head with the longest bucket name and key must fit. */
  public static final int MIN_WRITE_BUFFER_BYTES = 256 << 10;

  public StorageConfig {
    require(segmentBytes >= 4096 && segmentBytes <= 1L << 30, "segmentBytes", segmentBytes);
    require(queueRecords > 0, "queueRecords", queueRecords);
    require(queueBytes > 0, "queueBytes", queueBytes);
    require(writeBufferBytes >= MIN_WRITE_BUFFER_BYTES, "writeBufferBytes", writeBufferBytes);
    require(maxRecordBytes >= 1024 && maxRecordBytes <= 1 << 30, "maxRecordBytes", maxRecordBytes);
    require(
        replicatedSyncNanos > 0 && replicatedSyncNanos <= 10_000_000,
        "replicatedSyncNanos",
        replicatedSyncNanos);
    require(idleMarkNanos > 0, "idleMarkNanos", idleMarkNanos);
  }

  /** The defaults, for a store and a boot. */
  public static StorageConfig of(UUID storeId, String bootId) {
    return new StorageConfig(
        storeId, bootId, 64 << 20, 64 << 10, 64 << 20, 1 << 20, 128 << 20, 5_000_000, 100_000_000);
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
        idleMarkNanos);
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
        idleMarkNanos);
  }

  private static void require(boolean holds, String name, long value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " out of range: " + value);
    }
  }
}
