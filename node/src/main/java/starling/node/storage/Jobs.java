package starling.node.storage;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import starling.node.port.DiskFullException;
import starling.node.port.OutOfMemory;
import starling.node.port.TransientDiskException;
import starling.node.storage.index.EntryIterator;

/**
 * Runs one step of a job after the other in the background and applies its result on the owner's
 * thread. Owned by one thread.
 */
final class Jobs {
  /** The part of a step that runs in the background. */
  interface Work<T> {
    T run() throws IOException;
  }

  /** Told how a step ended. */
  interface Trouble {
    /** The step succeeded; its result is applied next. */
    void succeeded(String step);

    void diskFull(String reason);

    /** The disk or the process could not do the step for the moment. */
    void stalled(String step, TransientDiskException reason);

    void failed(MaintenanceJob job, String step, Throwable reason);

    /** Applying the result failed: the owner's state may be half changed. */
    void broken(String step, Throwable reason);

    /** The step ended after {@link #cancel}, with any result. */
    void cancelled();
  }

  private final Executor background;
  private final Executor owner;
  private final Trouble trouble;
  private boolean running;
  private boolean stopped;
  private volatile boolean cancelled;

  Jobs(Executor background, Executor owner, Trouble trouble) {
    this.background = background;
    this.owner = owner;
    this.trouble = trouble;
  }

  /** Ends the running step early, without a result; no other begins. */
  void cancel() {
    cancelled = true;
  }

  /** No other step begins; the running step ends normally. */
  void stop() {
    stopped = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  boolean stopped() {
    return stopped;
  }

  /** Whether no step will begin any more. */
  boolean ended() {
    return cancelled || stopped;
  }

  /** The same entries; throws once the jobs are cancelled. */
  EntryIterator watched(EntryIterator entries) {
    return into -> {
      if (cancelled) {
        throw new IOException("the store is closing");
      }
      return entries.next(into);
    };
  }

  boolean running() {
    return running;
  }

  private <T> void take(String step, Consumer<T> then, T result) {
    try {
      trouble.succeeded(step);
      then.accept(result);
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      trouble.broken(step, e);
    }
  }

  /** Begins a step of a job; no other may run. {@code then} may begin the next. */
  <T> void run(MaintenanceJob job, String step, Work<T> work, Consumer<T> then) {
    if (running) {
      throw new IllegalStateException(step + " must wait for the job that runs");
    }
    running = true;
    background.execute(
        () -> {
          Runnable ended = attempt(job, step, work, then);
          owner.execute(
              () -> {
                running = false;
                if (cancelled) {
                  trouble.cancelled();
                } else {
                  ended.run();
                }
              });
        });
  }

  /** Does the work; returns the task that applies its result on the owner's thread. */
  private <T> Runnable attempt(MaintenanceJob job, String step, Work<T> work, Consumer<T> then) {
    try {
      T result = work.run();
      return () -> take(step, then, result);
    } catch (DiskFullException e) {
      return () -> trouble.diskFull(step + ": " + e.getMessage());
    } catch (TransientDiskException e) {
      return () -> trouble.stalled(step, e);
    } catch (IOException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      return () -> trouble.failed(job, step, e);
    }
  }
}
