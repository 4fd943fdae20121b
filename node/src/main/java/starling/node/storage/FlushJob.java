package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;
import starling.node.storage.index.EntryIterator;
import starling.node.storage.index.Run;

/**
 * Writes a memtable to runs: when it has enough entries or enough bytes of log, or is old enough,
 * or when something else needs its entries in the runs. The memtable is frozen first; its entries
 * stay visible until the runs are. A flush that failed is repeated with the same memtable.
 */
final class FlushJob implements MaintenanceJob {
  private static final String STEP = "flushing the index";

  private final MaintenanceContext context;
  private final LiveIndex index;
  private final GroupCommit commits;

  private long logEnd;
  private long logged;
  private long loggedAtFreeze;
  private boolean soon;
  private boolean ageAsked;

  /** The memtable that is being flushed, and what the checkpoint says when it is. */
  private LiveIndex.@Nullable Frozen memtable;

  private long flushedTo;
  private List<FingerprintCollisions.Entry> sharedKeys = List.of();
  private Runnable then;
  private long flushes;

  FlushJob(MaintenanceContext context, GroupCommit commits) {
    this.context = context;
    this.index = context.index();
    this.commits = commits;
    this.then = context.next();
  }

  /** The first segment of this process begins here. */
  void startAt(long end) {
    logEnd = end;
  }

  /** The log grew. */
  void logged(long end, long bytes) {
    logEnd = end;
    logged += bytes;
    if (index.activeEntries() > 0) {
      afterAge();
    }
  }

  /** Makes the next flush due now, even of an empty memtable. */
  void soon() {
    soon = true;
  }

  /** Makes a flush due when the present memtable has reached its age. */
  void afterAge() {
    if (!ageAsked) {
      ageAsked = true;
      long generation = index.generation();
      context.after(
          context.config().memtableNanos(),
          () -> {
            ageAsked = false;
            if (index.generation() == generation) {
              soon = true;
              context.next().run();
            } else if (index.activeEntries() > 0) {
              afterAge();
            }
          });
    }
  }

  /** Whether a memtable is frozen whose entries are not in runs yet. */
  boolean unfinished() {
    return memtable != null;
  }

  long flushes() {
    return flushes;
  }

  @Override
  public boolean due() {
    return memtable != null || full() || soon;
  }

  private boolean full() {
    int entries = index.activeEntries();
    StorageConfig config = context.config();
    return entries >= config.memtableEntries()
        || (entries > 0 && logged - loggedAtFreeze >= config.memtableLogBytes());
  }

  @Override
  public void begin() {
    if (memtable == null) {
      freeze(context.next());
    }
    write();
  }

  /**
   * Flushes what the log holds up to a position.
   *
   * @param whenDone runs when the flush ends, instead of the choice of the next job
   */
  void flushTo(long end, Runnable whenDone) {
    logEnd = end;
    freeze(whenDone);
    write();
  }

  private void freeze(Runnable whenDone) {
    soon = false;
    loggedAtFreeze = logged;
    memtable = index.freeze();
    flushedTo = logEnd;
    sharedKeys = index.shared.all();
    then = whenDone;
    commits.forceSoon();
  }

  private void write() {
    LiveIndex.Frozen frozen = memtable;
    if (frozen == null) {
      return;
    }
    long firstId = context.runFiles().takeIds(RunTable.GROUPS);
    context.run(this, STEP, () -> runsOf(frozen, firstId), runs -> flushed(frozen, runs));
  }

  private List<Run> runsOf(LiveIndex.Frozen frozen, long firstId) throws IOException {
    List<Run> runs = new ArrayList<>();
    try {
      for (int group = 0; group < RunTable.GROUPS; group++) {
        long from = RunTable.firstOf(group);
        long to = RunTable.lastOf(group);
        EntryIterator entries = frozen.iterate(from, to);
        Run run = context.runFiles().write(group, firstId + group, entries, frozen.count(from, to));
        if (run != null) {
          runs.add(run);
        }
      }
      return runs;
    } catch (IOException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      runs.forEach(run -> run.letGoAndDelete(context.disk()));
      throw e;
    }
  }

  private void flushed(LiveIndex.Frozen frozen, List<Run> runs) {
    for (Run run : runs) {
      index.runs.addNewest(run);
      context.runFiles().count(run);
    }
    memtable = null;
    index.flushed(frozen);
    flushes++;
    context.checkpoint().advance(flushedTo, sharedKeys);
    then.run();
  }

  @Override
  public boolean stallsAppends() {
    return true;
  }
}
