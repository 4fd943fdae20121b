package starling.node.runtime.storage;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import starling.node.port.OutOfMemory;
import starling.node.storage.StorageExecutors;

/**
 * The threads of one store: one that writes the log, one for maintenance, and a few that read from
 * the disk. None is ever interrupted, because an interrupt would close files for all of them. All
 * are made at the start and stay, so that a later shortage of threads does not stop the store.
 */
public final class StorageThreads implements AutoCloseable {
  private static final int READERS = 4;

  private final StorageThread writer;
  private final StorageThread background;
  private final ThreadPoolExecutor readers;

  private StorageThreads(String name) {
    writer = StorageThread.start(name + "-log");
    background = StorageThread.start(name + "-background");
    AtomicInteger number = new AtomicInteger();
    readers =
        new ThreadPoolExecutor(
            READERS,
            READERS,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name + "-reader-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    int unused = readers.prestartAllCoreThreads();
  }

  public static StorageThreads start(String name) {
    return new StorageThreads(name);
  }

  /** The executors of a store, beside its owner. */
  public StorageExecutors with(Executor owner) {
    return new StorageExecutors(owner, writer, background, this::read);
  }

  /** The thread goes on after any error of a task: another would have to be made. */
  private void read(Runnable task) {
    readers.execute(
        () -> {
          try {
            task.run();
          } catch (RuntimeException | Error e) {
            OutOfMemory.endsProcess(e);
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
          }
        });
  }

  /** Accepts no more tasks; the threads end after those they have. */
  @Override
  public void close() {
    writer.close();
    background.close();
    readers.shutdown();
  }
}
