package starling.node.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;

/**
 * Decides, on the owner's thread, what the background does: it keeps a list of jobs by urgency and
 * begins the first that is due. One step of one job runs at a time, in the background; its result
 * takes effect on the owner's thread.
 *
 * <p>1. A manifest never says more than is durable: the log is fsynced up to its checkpoint, and
 * the runs and copies that it names are. 2. A file is deleted only after a manifest that no longer
 * names it is durable. 3. A step that fails changes nothing and is repeated after a pause that
 * grows; everything else goes on. Bytes of the log that several attempts cannot read count as
 * damaged. 4. While memtables cannot be flushed, appends are rejected once the next is full as
 * well: the index would outgrow the heap.
 *
 * <p>States:
 *
 * <ul>
 *   <li><em>idle</em>: no job is due. To <em>running</em> when the log grows, a timer ends or an
 *       order comes in, and a job is due.
 *   <li><em>running</em>: a step runs in the background. To <em>running</em> with the next job that
 *       is due, or to <em>idle</em>, when the step succeeds; to <em>pausing</em> when it fails,
 *       except that a failed compaction or scrub pauses itself alone.
 *   <li><em>pausing</em>: no job may begin. Back to <em>running</em> or <em>idle</em> when the
 *       pause ends.
 *   <li><em>closing</em>: from any other state by {@code close}; the running step ends early and
 *       has no effect; final.
 *   <li><em>stopped</em>: from any other state by {@code stop}, or when the result of a step could
 *       not be applied; no other step begins; final.
 * </ul>
 */
final class Maintenance {
  /** What maintenance tells the store. */
  interface Listener {
    void failed(StorageFailure reason);

    void damaged(CorruptRange range);

    void roomChanged(boolean full, String reason);

    /** A flush or manifest cannot be written for the moment, or can again. */
    void stalled(@Nullable String reason);

    /** A step failed; it changed nothing and is repeated. */
    void troubled(String operation, Throwable reason);

    /** No step runs for the moment. */
    void ended();
  }

  private static final int WINDOW_BYTES = 1 << 20;

  final FreeSpaceJob freeSpace;
  final FlushJob flush;
  final ManifestJob manifest;
  final SnapshotJob snapshot;
  final MergeJob merge;
  final CompactionJob compaction;
  final ScrubJob scrub;
  final Checkpoint checkpoint;
  final RunFiles runFiles;

  private final StorageConfig config;
  private final LiveIndex index;
  private final Listener listener;
  private final Jobs jobs;
  private final JobFailures failures;
  private final List<MaintenanceJob> byUrgency;

  Maintenance(
      Disk disk,
      StorageConfig config,
      StorageExecutors executors,
      StoragePorts ports,
      GroupCommit commits,
      StoreOpening opened,
      LongPredicate quarantined,
      Listener listener) {
    this.config = config;
    RecoveredLog recovered = opened.log();
    this.index = recovered.index();
    this.listener = listener;
    this.failures =
        new JobFailures(
            listener, ports.timers(), this::diskFull, this::abandonAll, this::stopJobs, this::next);
    this.jobs = new Jobs(executors.background(), executors.owner(), failures);
    this.runFiles = new RunFiles(disk, jobs, recovered.nextRunId());
    this.checkpoint = new Checkpoint(opened.ids(), runFiles, recovered);
    MaintenanceContext context =
        new MaintenanceContext(
            disk,
            config,
            executors,
            ports,
            index,
            checkpoint,
            runFiles,
            jobs,
            listener,
            this::next);
    SegmentReader reader = new SegmentReader(WINDOW_BYTES);
    this.freeSpace = new FreeSpaceJob(context, opened.pool());
    this.flush = new FlushJob(context, commits);
    this.manifest = new ManifestJob(context, freeSpace);
    this.snapshot = new SnapshotJob(context, commits, flush, recovered.snapshots());
    this.merge = new MergeJob(context, manifest);
    this.compaction =
        new CompactionJob(context, opened.ids(), reader, quarantined, flush, snapshot, freeSpace);
    this.scrub = new ScrubJob(context, reader);
    this.byUrgency = List.of(flush, manifest, freeSpace, snapshot, merge, compaction, scrub);
  }

  /** Begins, with the first segment of this process. */
  void begin(Segment active) {
    long end = Location.of(active.id(), SegmentHeader.BYTES);
    flush.startAt(end);
    manifest.durable(end);
    // Also after a rebuild: without a manifest the next open would do it again.
    checkpoint.changed();
    next();
  }

  /** Begins the most urgent job that is due, unless a step runs or a pause has not ended. */
  private void next() {
    if (jobs.running() || jobs.stopped() || failures.pausing()) {
      return;
    }
    if (jobs.cancelled()) {
      listener.ended();
      return;
    }
    for (MaintenanceJob job : byUrgency) {
      if (job.due()) {
        job.begin();
        return;
      }
    }
    failures.nothingDue();
  }

  private void diskFull(String reason) {
    freeSpace.diskFull(reason);
  }

  private void abandonAll() {
    byUrgency.forEach(MaintenanceJob::abandon);
  }

  private void stopJobs() {
    jobs.stop();
  }

  // ---- what the store asks and tells

  /** Whether a frozen memtable cannot be flushed and the active one is full. */
  boolean indexFull() {
    return failures.stalled()
        && flush.unfinished()
        && index.activeEntries() >= config.memtableEntries();
  }

  /** A range tombstone is durable in the log. */
  void drop(PositionRange range) {
    index.drop(range, runFiles.nextId());
    // The flush moves the checkpoint behind its record.
    flush.soon();
  }

  /** The log grew. */
  void logged(long end, boolean durable, long bytes) {
    if (durable) {
      manifest.durable(end);
    }
    flush.logged(end, bytes);
    if (bytes > 0) {
      freeSpace.logged();
    }
    next();
  }

  /** A segment was sealed, and no record of the next is in the index. */
  void sealed(long end) {
    if (snapshot.sealed(end)) {
      manifest.durable(end);
    }
  }

  void close() {
    jobs.cancel();
    giveUp(new StorageFailure("the store is closing"));
  }

  /** The store has failed: nothing more is written. */
  void stop(StorageFailure reason) {
    jobs.stop();
    giveUp(reason);
  }

  private void giveUp(StorageFailure reason) {
    List<Completion> waiting = new ArrayList<>(merge.cancel());
    waiting.addAll(snapshot.cancel());
    Completion.all(waiting, reason);
  }

  boolean idle() {
    return !jobs.running();
  }
}
