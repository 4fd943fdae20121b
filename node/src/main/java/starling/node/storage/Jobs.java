package starling.node.storage;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import starling.node.port.DiskFullException;
import starling.node.port.OutOfMemory;
import starling.node.port.TransientDiskException;
import starling.node.storage.index.EntryIterator;

/**
 * Runs one job after the other in the background and brings its result home to the owner. Owned by
 * one thread.
 */
final class Jobs {
  /** What is done in the background. */
  interface Work<T> {
    T run() throws IOException;
  }

  /** What a job may come to, besides its result. */
  interface Trouble {
    /** It went well; its result comes next. */
    void succeeded(String step);

    void diskFull(String reason);

    /** It could not be done for want of something that may pass. */
    void stalled(String step, TransientDiskException reason);

    void failed(MaintenanceJob job, String step, Throwable reason);

    /** What was made of its result failed: the state that the owner keeps may be half changed. */
    void broken(String step, Throwable reason);

    /** It ended after {@link #cancel}, whatever it came to. */
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

  /** Lets the step that runs end early, without a result; no other begins. */
  void cancel() {
    cancelled = true;
  }

  /** No other step begins; the one that runs ends as it would. */
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

  /** The same entries, until the jobs are cancelled. */
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

  /** Does the work; answers what the owner's thread does with the result. */
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
