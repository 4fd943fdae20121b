package starling.node.storage;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import starling.node.port.Clock;
import starling.node.port.Timers;
import starling.node.runtime.storage.FileDisk;
import starling.node.runtime.storage.StorageThreads;

/** The thread that makes one of these owns a store on real files; tasks run while it waits. */
final class OwnerThread implements StorageListener {
  private static final Clock CLOCK =
      new Clock() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public long wallMillis() {
          return System.currentTimeMillis();
        }
      };

  /** Nothing here waits for a timer: what is acknowledged unsynced must survive without one. */
  private static final Timers NEVER = (delay, task) -> () -> {};

  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

  LogStorage open(FileDisk disk, StorageThreads threads) throws IOException {
    StorageConfig config =
        StorageConfig.of(new UUID(1, 2), "boot")
            .with(
                draft -> {
                  draft.segmentBytes = 16 << 10;
                  draft.memtableEntries = 200;
                  draft.memtableLogBytes = 1 << 20;
                });
    long salt = System.nanoTime();
    return LogStorage.open(
        disk,
        config,
        threads.with(tasks::add),
        new StoragePorts(NEVER, CLOCK, new SplittableRandom(salt)),
        this);
  }

  void runUntil(BooleanSupplier done) throws InterruptedException {
    while (!done.getAsBoolean()) {
      tasks.take().run();
    }
  }

  void close(LogStorage storage) throws InterruptedException {
    boolean[] closed = {false};
    storage.close(() -> closed[0] = true);
    runUntil(() -> closed[0]);
  }

  @Override
  public void failed(StorageFailure failure) {
    throw new AssertionError(failure);
  }

  @Override
  public void onCorruptRange(CorruptRange range) {
    throw new AssertionError(range);
  }
}
