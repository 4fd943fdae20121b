package starling.node.storage;

import java.util.List;

/**
 * Counts since the store was opened, and sizes as they are now. A histogram's bucket {@code i}
 * counts values of {@code i} significant bits: 0, 1, 2–3, 4–7, and so on.
 *
 * @param logBytes in all segments
 * @param groupRecords histogram of records per group
 * @param forceNanos histogram of how long each fsync of the log took
 * @param setAside damaged ranges, those found at open and handled long ago included
 * @param refused appends refused because the queue was full
 */
public record StorageStatistics(
    int segments,
    long logBytes,
    long keys,
    long queuedRecords,
    long queuedBytes,
    long groups,
    long appended,
    long appendedBytes,
    List<Long> groupRecords,
    long forces,
    List<Long> forceNanos,
    long setAside,
    long setAsideBytes,
    long refused,
    long reads,
    long metaSaves) {}
