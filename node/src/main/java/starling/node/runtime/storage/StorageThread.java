package starling.node.runtime.storage;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;

/**
 * A thread that writes a store's files. Runs tasks in order; it is never interrupted, because an
 * interrupt would close its files, and keeps the process alive until {@link #close}, so that
 * accepted appends are written. The queue needs no bound: the store submits one write group, one
 * save and one job at a time.
 */
final class StorageThread implements Executor, AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final Thread thread;
  private boolean closing;

  private StorageThread(String name) {
    thread = new Thread(this::run, name);
  }

  /** Starts the thread. */
  static StorageThread start(String name) {
    StorageThread started = new StorageThread(name);
    started.thread.setDaemon(false);
    started.thread.start();
    return started;
  }

  @Override
  public void execute(Runnable task) {
    lock.lock();
    try {
      if (closing) {
        throw new RejectedExecutionException(thread.getName() + " is closed");
      }
      tasks.add(task);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Accepts no more tasks; the thread ends after those it has. Does not wait for that. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    Runnable task = next();
    while (task != null) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        OutOfMemory.endsProcess(e);
        // Tasks report their own failures; after any other error the next task must run.
        Thread.UncaughtExceptionHandler handler = thread.getUncaughtExceptionHandler();
        handler.uncaughtException(thread, e);
      }
      task = next();
    }
  }

  private @Nullable Runnable next() {
    lock.lock();
    try {
      while (tasks.isEmpty() && !closing) {
        changed.awaitUninterruptibly();
      }
      return tasks.poll();
    } finally {
      lock.unlock();
    }
  }
}
