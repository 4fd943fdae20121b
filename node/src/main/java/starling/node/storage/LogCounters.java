package starling.node.storage;

import java.util.List;

/** What the owner counts as groups come back. */
final class LogCounters {
  int segments;
  long logBytes;
  long groups;
  long refused;
  long reads;
  long metaSaves;

  private long appended;
  private long appendedBytes;
  private long forces;
  private final Log2Histogram groupRecords = new Log2Histogram(20);
  private final Log2Histogram forceNanos = new Log2Histogram(40);

  void add(Group group) {
    segments += group.segmentsMade;
    logBytes += group.bytesWritten;
    groups++;
    appended += group.appends.size();
    appendedBytes += group.bytes;
    groupRecords.add(group.appends.size());
    if (group.forced) {
      forces++;
      forceNanos.add(group.forceNanos);
    }
  }

  StorageStatistics snapshot(
      long keys, long queuedRecords, long queuedBytes, List<SetAside> setAside) {
    return new StorageStatistics(
        segments,
        logBytes,
        keys,
        queuedRecords,
        queuedBytes,
        groups,
        appended,
        appendedBytes,
        groupRecords.snapshot(),
        forces,
        forceNanos.snapshot(),
        setAside.size(),
        setAside.stream().mapToLong(SetAside::length).sum(),
        refused,
        reads,
        metaSaves);
  }
}
