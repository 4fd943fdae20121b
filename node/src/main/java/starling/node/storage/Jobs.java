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
    void succeeded(String name);

    void diskFull(String reason);

    /** It could not be done for want of something that may pass. */
    void stalled(String name, TransientDiskException reason);

    void failed(String name, Throwable reason);

    /** What was made of its result failed: the state that the owner keeps may be half changed. */
    void broken(String name, Throwable reason);

    /** It ended after {@link #cancel}, whatever it came to. */
    void cancelled();
  }

  private final Executor background;
  private final Executor owner;
  private final Trouble trouble;
  private boolean running;
  private volatile boolean cancelled;

  Jobs(Executor background, Executor owner, Trouble trouble) {
    this.background = background;
    this.owner = owner;
    this.trouble = trouble;
  }

  /** Lets the job that runs end early, without a result. */
  void cancel() {
    cancelled = true;
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

  private <T> void take(String name, Consumer<T> then, T result) {
    try {
      trouble.succeeded(name);
      then.accept(result);
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      trouble.broken(name, e);
    }
  }

  /** Begins a job; there must be none. {@code then} may begin the next. */
  <T> void run(String name, Work<T> work, Consumer<T> then) {
    if (running) {
      throw new IllegalStateException(name + " must wait for the job that runs");
    }
    running = true;
    background.execute(
        () -> {
          Runnable home;
          try {
            T result = work.run();
            home = () -> take(name, then, result);
          } catch (DiskFullException e) {
            home = () -> trouble.diskFull(name + ": " + e.getMessage());
          } catch (TransientDiskException e) {
            home = () -> trouble.stalled(name, e);
          } catch (IOException | RuntimeException | Error e) {
            OutOfMemory.endsProcess(e);
            home = () -> trouble.failed(name, e);
          }
          Runnable last = home;
          owner.execute(
              () -> {
                running = false;
                if (cancelled) {
                  trouble.cancelled();
                } else {
                  last.run();
                }
              });
        });
  }
}
