package starling.node.bench.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import starling.node.port.Clock;
import starling.node.port.Timers;
import starling.node.runtime.storage.FileDisk;
import starling.node.runtime.storage.StorageThreads;
import starling.node.storage.Durability;
import starling.node.storage.LogStorage;
import starling.node.storage.CorruptRange;
import starling.node.storage.StorageConfig;
import starling.node.storage.StorageFailure;
import starling.node.storage.StorageListener;
import starling.node.storage.StoragePorts;

/**
 * Opens the node's own store on real files, with the defaults of a node, the client being its
 * owner. All that the comparison knows of how the store is put together stands here.
 */
final class OwnStore {
  /** The index files of a store, which it rebuilds when they are missing. */
  private static final String[] INDEX = {"idx", "meta/manifest"};

  private OwnStore() {}

  static Engine open(Path directory, ClientLoop client, Durability durability) throws IOException {
    FileDisk disk = FileDisk.open(directory);
    StorageThreads threads = StorageThreads.start("storage");
    ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1);
    LogStorage storage =
        LogStorage.open(
            disk,
            StorageConfig.of(new UUID(1, 2), "boot"),
            threads.with(client),
            new StoragePorts(
                timers(timer, client), clock(), new SplittableRandom(System.nanoTime())),
            new Fatal());
    return new PortEngine(
        storage,
        client,
        durability,
        () -> {
          threads.close();
          timer.shutdownNow();
          disk.close();
        });
  }

  /** Whether there was an index to throw away. The store must be closed. */
  static boolean throwIndexAway(Path directory) throws IOException {
    boolean any = false;
    for (String name : INDEX) {
      Path path = directory.resolve(name);
      any |= Files.exists(path);
      Trees.delete(path);
    }
    return any;
  }

  private static Timers timers(ScheduledExecutorService timer, ClientLoop client) {
    return (delayNanos, task) -> {
      var waiting = timer.schedule(() -> client.execute(task), delayNanos, TimeUnit.NANOSECONDS);
      return () -> waiting.cancel(false);
    };
  }

  private static Clock clock() {
    return new Clock() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public long wallMillis() {
        return System.currentTimeMillis();
      }
    };
  }

  /** Nothing may go wrong while measuring. */
  private static final class Fatal implements StorageListener {
    @Override
    public void failed(StorageFailure failure) {
      throw new IllegalStateException(failure.reason());
    }

    @Override
    public void onCorruptRange(CorruptRange range) {
      throw new IllegalStateException(range.reason());
    }
  }
}
