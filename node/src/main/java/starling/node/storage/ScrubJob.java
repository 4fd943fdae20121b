package starling.node.storage;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.storage.index.Run;

/**
 * Scrubs the whole log, a step at a time, and the index at the end of each round, to find bit rot.
 * The steps are spread over the time that one round may take.
 */
final class ScrubJob implements MaintenanceJob {
  private static final String LOG = "scrubbing";
  private static final String INDEX = "scrubbing the index";
  private static final long STEP_BYTES = 1 << 20;

  private final MaintenanceContext context;
  private final LiveIndex index;
  private final SegmentReader reader;
  private final Scrub scrub = new Scrub();
  private boolean waits;
  private Scrub.@Nullable Part reading;

  ScrubJob(MaintenanceContext context, SegmentReader reader) {
    this.context = context;
    this.index = context.index();
    this.reader = reader;
  }

  double done() {
    return scrub.done(index.segments);
  }

  long bytes() {
    return scrub.bytes();
  }

  @Override
  public boolean due() {
    return !waits && context.config().scrubNanos() != 0;
  }

  @Override
  public void begin() {
    Scrub.Part part = scrub.next(index.segments);
    rest(part == null);
    if (part != null) {
      scrubLog(part);
    } else if (!index.runs.all().isEmpty()) {
      scrubIndex(index.runs.all());
    } else {
      context.next().run();
    }
  }

  private void rest(boolean endOfRound) {
    long round = context.config().scrubNanos();
    long bytes = Math.max(1, index.segments.bytes());
    long pause =
        endOfRound ? round : Math.max(1_000_000, (long) ((double) round * STEP_BYTES / bytes));
    waits = true;
    context.after(
        Math.min(pause, round),
        () -> {
          waits = false;
          context.next().run();
        });
  }

  private void scrubLog(Scrub.Part part) {
    part.segment().hold();
    reading = part;
    context.run(
        this,
        LOG,
        () -> {
          try {
            return Scrub.step(reader, part, STEP_BYTES);
          } finally {
            part.segment().letGo();
          }
        },
        this::found);
  }

  private void found(Scrub.Found found) {
    scrub.read(found.at());
    for (CorruptRange flaw : found.flaws()) {
      SegmentTable.Entry entry = index.segments.get(flaw.segment());
      if (entry != null) {
        entry.damaged = true;
      }
      context.listener().damaged(flaw);
    }
    context.next().run();
  }

  /** Checks all pages of the index, even those that no look-up reads. */
  private void scrubIndex(List<Run> runs) {
    runs.forEach(Run::hold);
    context.run(
        this,
        INDEX,
        () -> {
          try {
            runs.forEach(Run::verify);
            return true;
          } finally {
            runs.forEach(Run::letGo);
          }
        },
        done -> context.next().run());
  }

  /** Bytes that several attempts cannot read count as damaged; the scrub goes on behind them. */
  @Override
  public boolean failed(String step, Throwable reason, int failures, long pauseNanos) {
    Scrub.Part part = reading;
    if (!step.equals(LOG) || part == null) {
      return false;
    }
    SegmentTable.Entry entry = index.segments.get(part.segment().id());
    if (failures >= JobFailures.FAILURES_OF_DAMAGE && entry != null) {
      CorruptRange range = JobFailures.unreadable(entry, part.from(), STEP_BYTES, reason);
      if (reason instanceof IOException) {
        entry.damaged = true;
        context.listener().damaged(range);
      }
      scrub.read(range.offset() + range.length());
    }
    return true;
  }
}
