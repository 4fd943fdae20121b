package starling.node.main;

import io.vertx.core.Context;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import starling.node.runtime.storage.StorageThreads;

/** A process whose handlers are those of a node, and that runs out of memory as it is told. */
final class OutOfMemoryProgram {
  private static final List<byte[]> TAKEN = new ArrayList<>();

  private OutOfMemoryProgram() {}

  public static void main(String[] args) throws InterruptedException {
    Logging.configure("text", "info");
    ServeCommand.endWhenOutOfMemory();
    Runnable act = act(args[1]);
    Executor where = where(args[0]);
    CountDownLatch next = new CountDownLatch(1);
    boolean passes = args[1].equals("threads") || args[1].equals("stack");
    where.execute(
        () -> {
          try {
            act.run();
          } finally {
            if (passes) {
              where.execute(next::countDown);
            }
          }
        });
    // What does not pass ends the process meanwhile.
    boolean unused = next.await(30, TimeUnit.SECONDS);
    System.out.println("goes on");
    Runtime.getRuntime().halt(0);
  }

  private static Executor where(String name) {
    return switch (name) {
      case "thread" -> task -> new Thread(task).start();
      case "loop" -> {
        Context loop = NodeProcess.vertx().getOrCreateContext();
        yield task -> loop.runOnContext(unused -> task.run());
      }
      case "log-writer" -> StorageThreads.start("test").with(Runnable::run).writer();
      case "reader" -> StorageThreads.start("test").with(Runnable::run).readers();
      case "library" -> OutOfMemoryProgram::caught;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static void caught(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      LoggerFactory.getLogger("starling").error("caught by a library, which goes on", e);
    }
  }

  private static Runnable act(String what) {
    return switch (what) {
      case "heap" -> OutOfMemoryProgram::takeAll;
      case "direct" -> () -> ByteBuffer.allocateDirect(1 << 30);
      case "threads" ->
          () -> {
            throw new OutOfMemoryError("unable to create native thread: possibly out of memory");
          };
      case "stack" -> OutOfMemoryProgram::deeper;
      default -> throw new IllegalArgumentException(what);
    };
  }

  /** Nothing is left of the heap when this throws, not even room for a short string. */
  private static void takeAll() {
    for (int bytes = 1 << 20; bytes >= 16; ) {
      try {
        while (true) {
          TAKEN.add(new byte[bytes]);
        }
      } catch (OutOfMemoryError e) {
        if (bytes == 16) {
          throw e;
        }
        bytes /= 4;
      }
    }
  }

  @SuppressWarnings("InfiniteRecursion")
  private static void deeper() {
    deeper();
  }
}
