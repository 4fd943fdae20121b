package starling.node.runtime.storage;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import starling.node.storage.StorageExecutors;

/**
 * The threads of one store: one that writes the log, one for what is done behind it, and a few that
 * read what is not in memory. None is ever interrupted, since an interrupt would close files under
 * all of them.
 */
public final class StorageThreads implements AutoCloseable {
  private static final int READERS = 4;

  private final StorageThread writer;
  private final StorageThread background;
  private final ExecutorService readers;

  private StorageThreads(String name) {
    writer = StorageThread.start(name + "-log");
    background = StorageThread.start(name + "-background");
    AtomicInteger number = new AtomicInteger();
    readers =
        Executors.newFixedThreadPool(
            READERS,
            task -> {
              Thread thread = new Thread(task, name + "-reader-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  public static StorageThreads start(String name) {
    return new StorageThreads(name);
  }

  /** What a store runs on, beside its owner. */
  public StorageExecutors with(Executor owner) {
    return new StorageExecutors(owner, writer, background, readers);
  }

  /** Takes no more tasks; the threads end when they have run those they have. */
  @Override
  public void close() {
    writer.close();
    background.close();
    readers.shutdown();
  }
}
