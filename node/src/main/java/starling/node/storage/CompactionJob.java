package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import starling.node.storage.index.Run;

/**
 * Compacts the segment that {@link CompactionPolicy} chooses, a step at a time: a step copies live
 * records in the background, then the owner points the index to the copies, some at a time. The
 * steps are spread so that compaction reads no faster than configured.
 */
final class CompactionJob implements MaintenanceJob {
  private static final String STEP = "compacting";
  private static final long STEP_BYTES = 1 << 20;
  private static final long MAX_PAUSE_NANOS = 30_000_000_000L;

  private final MaintenanceContext context;
  private final LiveIndex index;
  private final SegmentIds ids;
  private final SegmentReader reader;
  private final FlushJob flush;
  private final SnapshotJob snapshot;
  private final FreeSpaceJob freeSpace;
  private final ColdWriter cold;
  private final CompactionMoves moves;

  private @Nullable Compaction compaction;

  /** The segment that the next copies go to, or -1. */
  private long openCold = -1;

  private boolean waits;
  private long compactions;

  private record Stepped(Compaction.@Nullable Step step, @Nullable CorruptRange damage) {}

  /**
   * @param quarantined whether the record at a location is damaged
   */
  CompactionJob(
      MaintenanceContext context,
      SegmentIds ids,
      SegmentReader reader,
      LongPredicate quarantined,
      FlushJob flush,
      SnapshotJob snapshot,
      FreeSpaceJob freeSpace) {
    this.context = context;
    this.index = context.index();
    this.ids = ids;
    this.reader = reader;
    this.flush = flush;
    this.snapshot = snapshot;
    this.freeSpace = freeSpace;
    this.cold = new ColdWriter(context.disk(), context.config(), ids, context.ports().clock());
    this.moves = new CompactionMoves(context, quarantined, this::compacted);
  }

  long compactions() {
    return compactions;
  }

  /** Bytes that were written to cold segments. */
  long coldBytes() {
    return cold.bytes();
  }

  double done() {
    Compaction present = compaction;
    return present == null ? 0 : present.done();
  }

  /**
   * Not while runs still hold entries of a range tombstone: their records must not be copied behind
   * it.
   */
  @Override
  public boolean due() {
    if (waits || !moves.isEmpty() || !index.drops().isEmpty() || freeSpace.full()) {
      return false;
    }
    Compaction present = compaction;
    if (present != null && present.victim().damaged) {
      // A read found damage in it meanwhile: the copies stay, and so does the segment.
      compaction = null;
    }
    return compaction != null || victim() != null;
  }

  private SegmentTable.@Nullable Entry victim() {
    Checkpoint checkpoint = context.checkpoint();
    return CompactionPolicy.choose(
        index.segments,
        checkpoint.position(),
        checkpoint.memtablesFlushed(),
        openCold,
        ids.next(),
        context.config().leastLive());
  }

  @Override
  public void begin() {
    Compaction present = compaction;
    if (present == null) {
      SegmentTable.Entry victim = victim();
      if (victim == null) {
        return;
      }
      LongPredicate olderExists = olderThan(victim.segment.id());
      present = new Compaction(victim, index.fingerprint, cold, reader, olderExists);
      compaction = present;
    }
    step(present);
  }

  private LongPredicate olderThan(long victim) {
    long oldest = Long.MAX_VALUE;
    for (SegmentTable.Entry entry : index.segments.all()) {
      if (entry.segment.id() != victim) {
        oldest = Math.min(oldest, entry.oldest);
      }
    }
    long least = oldest;
    boolean linked = snapshot.mayExist() || freeSpace.holdsSegments();
    return sequence -> linked || least < sequence;
  }

  private void step(Compaction present) {
    List<List<Run>> runs = new ArrayList<>();
    for (int group = 0; group < RunTable.GROUPS; group++) {
      runs.add(index.runs.group(group));
    }
    List<Run> held = index.runs.all();
    held.forEach(Run::hold);
    List<FingerprintCollisions.Entry> shared = index.shared.all();
    reader.forget();
    context.run(
        this,
        STEP,
        () -> {
          try {
            return new Stepped(present.step(STEP_BYTES, runs, shared), null);
          } catch (Compaction.DamagedSegmentException e) {
            return new Stepped(null, e.range());
          } finally {
            held.forEach(Run::letGo);
          }
        },
        stepped -> stepped(present, stepped));
  }

  private void stepped(Compaction present, Stepped stepped) {
    Compaction.Step step = stepped.step;
    if (step == null) {
      present.victim().damaged = true;
      compaction = null;
      if (stepped.damage != null) {
        context.listener().damaged(stepped.damage);
      }
      context.next().run();
      return;
    }
    step.progress().forEach(this::written);
    rest(Math.max(1, step.read() * 1_000_000_000L / context.config().compactionBytesPerSecond()));
    moves.begin(step.moves(), step.ended());
    context.next().run();
  }

  private void written(ColdWriter.Progress progress) {
    SegmentTable.Entry entry = index.segments.get(progress.segment().id());
    if (entry == null) {
      entry = new SegmentTable.Entry(progress.segment(), 0, Long.MAX_VALUE, false);
      index.segments.add(entry);
    }
    entry.end = progress.end();
    entry.oldest = progress.oldest();
    entry.sealed = progress.sealed();
    openCold = progress.sealed() ? -1 : progress.segment().id();
  }

  private void rest(long nanos) {
    waits = true;
    context.after(
        nanos,
        () -> {
          waits = false;
          context.next().run();
        });
  }

  /**
   * No live record is left in the segment: it is deleted after the first manifest that names the
   * copies.
   */
  private void compacted() {
    Compaction present = compaction;
    if (present == null) {
      return;
    }
    compaction = null;
    if (!present.victim().damaged) {
      compactions++;
      present.victim().compactedIn = index.generation() + 1;
      if (index.activeEntries() == 0 && index.shared.isEmpty()) {
        present.victim().compactedIn = index.generation();
        context.checkpoint().changed();
      } else {
        if (index.activeEntries() == 0) {
          // Only colliding keys moved: a flush of an empty memtable saves them.
          flush.soon();
        }
        flush.afterAge();
      }
    }
    context.next().run();
  }

  @Override
  public void abandon() {
    if (moves.isEmpty()) {
      compaction = null;
    }
  }

  /** Bytes that no attempt can read count as damaged: the segment stays. */
  @Override
  public boolean failed(String step, Throwable reason, int failures, long pauseNanos) {
    Compaction present = compaction;
    if (present != null) {
      // The state after a failed fsync is unknown: no later fsync of the same file counts.
      SegmentTable.Entry half = index.segments.get(openCold);
      if (half != null) {
        half.sealed = true;
      }
      openCold = -1;
      if (failures >= JobFailures.FAILURES_OF_DAMAGE
          && !(reason instanceof Compaction.CopyFailedException)) {
        unreadable(present, reason);
      }
      abandon();
    }
    rest(Math.min(MAX_PAUSE_NANOS, pauseNanos));
    return true;
  }

  private void unreadable(Compaction present, Throwable reason) {
    present.victim().damaged = true;
    // A programming error says nothing about the disk: the segment is not compacted until the next
    // open.
    if (reason instanceof IOException) {
      context
          .listener()
          .damaged(JobFailures.unreadable(present.victim(), present.at(), STEP_BYTES, reason));
    }
  }
}
