package starling.node.storage;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.port.Timers;
import starling.node.port.TransientDiskException;
import starling.node.storage.index.DamagedPageException;

/**
 * Decides what follows when a step of a maintenance job fails: how long the jobs wait before the
 * next attempt, and what the store reports. Owned by one thread.
 */
final class JobFailures implements Jobs.Trouble {
  /**
   * After so many consecutive failures of a step that reads the log, the bytes count as damaged.
   */
  static final int FAILURES_OF_DAMAGE = 4;

  static final long RETRY_NANOS = 200_000_000;

  /** The longest time for which a failure of one job delays the others. */
  private static final long MAX_PAUSE_NANOS = 5_000_000_000L;

  private final Maintenance.Listener listener;
  private final Timers timers;
  private final Consumer<String> diskFull;
  private final Runnable abandonAll;
  private final Runnable stop;
  private final Runnable next;
  private final RetryPause pause = new RetryPause();

  /** The step that failed last, and its consecutive failures. */
  private String lastFailed = "";

  private int failures;

  /** The step that cannot run for the moment, and that appends depend on. */
  private @Nullable String stalled;

  private boolean pausing;

  /**
   * @param diskFull a step found the disk full
   * @param abandonAll all jobs forget what they have begun but not made known
   * @param stop nothing more is written
   * @param next asks which job is to begin
   */
  JobFailures(
      Maintenance.Listener listener,
      Timers timers,
      Consumer<String> diskFull,
      Runnable abandonAll,
      Runnable stop,
      Runnable next) {
    this.listener = listener;
    this.timers = timers;
    this.diskFull = diskFull;
    this.abandonAll = abandonAll;
    this.stop = stop;
    this.next = next;
  }

  /** Whether no job may begin before a pause has ended. */
  boolean pausing() {
    return pausing;
  }

  boolean stalled() {
    return stalled != null;
  }

  /** No job is due, so the step that stalled is not needed any more. */
  void nothingDue() {
    if (stalled != null) {
      stalled = null;
      listener.stalled(null);
    }
  }

  private void stall(String step, String reason) {
    stalled = step;
    listener.stalled(step + ": " + reason);
  }

  private void pause(long nanos) {
    pausing = true;
    timers.after(
        nanos,
        () -> {
          pausing = false;
          next.run();
        });
  }

  @Override
  public void succeeded(String step) {
    pause.reset();
    if (step.equals(lastFailed)) {
      lastFailed = "";
      failures = 0;
    }
    if (step.equals(stalled)) {
      nothingDue();
    }
  }

  @Override
  public void diskFull(String reason) {
    diskFull.accept(reason);
    abandonAll.run();
    pause(Math.max(RETRY_NANOS, pause.next()));
    listener.ended();
  }

  @Override
  public void stalled(String step, TransientDiskException reason) {
    stall(step, String.valueOf(reason.getMessage()));
    abandonAll.run();
    pause(pause.next());
    listener.ended();
  }

  @Override
  public void cancelled() {
    listener.ended();
  }

  @Override
  public void failed(MaintenanceJob job, String step, Throwable reason) {
    if (reason instanceof DamagedPageException) {
      broken(step, reason);
      return;
    }
    listener.troubled(step, reason);
    failures = step.equals(lastFailed) ? failures + 1 : 1;
    lastFailed = step;
    if (job.stallsAppends()) {
      stall(step, String.valueOf(reason));
    }
    long nanos = RETRY_NANOS << Math.min(failures - 1, 10);
    if (!job.failed(step, reason, failures, nanos)) {
      pause(Math.min(MAX_PAUSE_NANOS, nanos));
    }
    listener.ended();
    next.run();
  }

  @Override
  public void broken(String step, Throwable reason) {
    stop.run();
    listener.failed(new StorageFailure(step + " failed; restart the node: " + reason));
    listener.ended();
  }

  /** The part of a segment that a step of {@code stepBytes} could not read. */
  static CorruptRange unreadable(
      SegmentTable.Entry entry, long from, long stepBytes, Throwable reason) {
    long length = Math.max(1, Math.min(stepBytes, entry.end - from));
    return new CorruptRange(
        entry.segment.id(), from, length, null, "it could not be read: " + reason);
  }
}
