package starling.node.storage;

/**
 * Counts since the store was opened, and sizes as they are now.
 *
 * @param logBytes in all segments
 * @param liveBytes of these, not known to be superseded; an upper bound
 * @param entries in the index: a key counts once in each part that knows it
 * @param groupRecords histogram of records per group
 * @param groupNanos histogram of how long a group took, with its fsync if it had one
 * @param forceNanos histogram of how long each fsync of the log took
 * @param memtableBytes of heap
 * @param indexBytes of the runs and their filters, on the disk
 * @param coldBytes that compaction copied
 * @param runBytes that flushes and merges wrote
 * @param compactionDone part of the segment that is being compacted, 0 to 1
 * @param scrubDone part of the log that this round of the scrub has read, 0 to 1
 * @param setAside damaged ranges, those handled long ago included
 * @param refused appends refused because the queue was full
 * @param coldReads reads that were left to the readers
 * @param readsTriedAgain reads of a record that failed with an error and were tried again
 * @param failedOperations flushes, merges, compactions and the like that failed and were tried
 *     again
 * @param full whether appends are refused for want of room
 * @param stalled whether something waits for what may pass, as free descriptors
 */
public record StorageStatistics(
    int segments,
    long logBytes,
    long liveBytes,
    long entries,
    long queuedRecords,
    long queuedBytes,
    long groups,
    long appended,
    long appendedBytes,
    Log2Counts groupRecords,
    Log2Counts groupNanos,
    long forces,
    Log2Counts forceNanos,
    long writtenBytes,
    int memtables,
    long memtableEntries,
    long memtableBytes,
    int runs,
    long indexBytes,
    long flushes,
    long merges,
    long compactions,
    long coldBytes,
    long runBytes,
    double compactionDone,
    double scrubDone,
    long scrubbedBytes,
    long setAside,
    long setAsideBytes,
    long refused,
    long reads,
    long coldReads,
    long hotHits,
    long hotMisses,
    long hotBytes,
    long metaSaves,
    long readsTriedAgain,
    long failedOperations,
    boolean full,
    boolean stalled) {

  /** Bytes written for each byte that was appended. */
  public double writeAmplification() {
    return appendedBytes == 0 ? 1 : (double) (writtenBytes + coldBytes + runBytes) / appendedBytes;
  }
}
