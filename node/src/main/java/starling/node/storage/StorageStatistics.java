package starling.node.storage;

/**
 * Counts since the store was opened, and sizes as they are now.
 *
 * @param logBytes in all segments
 * @param liveBytes of records that are not known to be superseded; an upper bound
 * @param entries in the index: a key counts once in each part that has it
 * @param groupRecords histogram of records per group
 * @param groupNanos histogram of how long a group took, with its fsync if it had one
 * @param forceNanos histogram of how long each fsync of the log took
 * @param memtableBytes of heap
 * @param indexBytes of the runs and their filters, on the disk
 * @param coldBytes that compaction copied
 * @param runBytes that flushes and merges wrote
 * @param compactionDone part of the segment that is being compacted, 0 to 1
 * @param scrubDone part of the log that this round of the scrub has read, 0 to 1
 * @param corruptRanges corrupt ranges, handled ones included
 * @param refused appends rejected because the queue was full
 * @param coldReads reads on the readers' threads
 * @param readsTriedAgain reads of a record that failed with an error and were repeated
 * @param failedOperations flushes, merges, compactions and other steps that failed and were
 *     repeated
 * @param full whether appends are rejected for lack of free space
 * @param stalled whether a part of the store stalls, for lack of file descriptors for example
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
    long corruptRanges,
    long corruptBytes,
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
