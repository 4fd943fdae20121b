package starling.node.storage;

/** Counts written groups, on the owner's thread. */
final class LogCounters {
  long reads;
  long metaSaves;
  long failedOperations;

  private long groups;
  private long appended;
  private long appendedBytes;
  private long writtenBytes;
  private long forces;
  private final Log2Histogram groupRecords = new Log2Histogram(20);
  private final Log2Histogram groupNanos = new Log2Histogram(40);
  private final Log2Histogram forceNanos = new Log2Histogram(40);

  void add(WriteGroup group) {
    groups++;
    appended += group.appends.size();
    appendedBytes += group.bytes;
    writtenBytes += group.bytesWritten;
    groupRecords.add(group.appends.size());
    groupNanos.add(group.writeNanos);
    if (group.forced) {
      forces++;
      forceNanos.add(group.forceNanos);
    }
  }

  StorageStatistics snapshot(
      LiveIndex index,
      GroupCommit commits,
      Maintenance maintenance,
      RecordReads reading,
      Damage damage,
      ValueCache hot,
      boolean stalled) {
    return new StorageStatistics(
        index.segments.all().size(),
        index.segments.bytes(),
        index.segments.live(),
        index.entries(),
        commits.queuedRecords(),
        commits.queuedBytes(),
        groups,
        appended,
        appendedBytes,
        groupRecords.snapshot(),
        groupNanos.snapshot(),
        forces,
        forceNanos.snapshot(),
        writtenBytes,
        index.memtables(),
        index.activeEntries() + index.frozenEntries(),
        index.memtableBytes(),
        index.runs.all().size(),
        index.runs.bytes(),
        maintenance.flush.flushes(),
        maintenance.merge.merges(),
        maintenance.compaction.compactions(),
        maintenance.compaction.coldBytes(),
        maintenance.runFiles.bytes(),
        maintenance.compaction.done(),
        maintenance.scrub.done(),
        maintenance.scrub.bytes(),
        damage.ranges(),
        damage.bytes(),
        commits.refused(),
        reads,
        reading.handedOn(),
        hot.hits(),
        hot.misses(),
        hot.bytes(),
        metaSaves,
        reading.triedAgain(),
        failedOperations,
        maintenance.freeSpace.full(),
        stalled);
  }
}
