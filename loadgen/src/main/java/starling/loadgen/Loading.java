package starling.loadgen;

import java.io.PrintWriter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import starling.loadgen.workload.Operations;
import starling.loadgen.workload.Operations.Operation;

/** Writes the records of a run. A record that cannot be written in three tries fails the run. */
final class Loading {
  private static final int IN_FLIGHT = 64;
  private static final int TRIES = 3;
  private static final long SECOND = 1_000_000_000L;

  private final Operations operations;
  private final Target target;
  private final long records;
  private final PrintWriter err;
  private final Semaphore free = new Semaphore(IN_FLIGHT);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  Loading(Operations operations, Target target, long records, PrintWriter err) {
    this.operations = operations;
    this.target = target;
    this.records = records;
    this.err = err;
  }

  void execute() throws InterruptedException {
    long next = System.nanoTime() + SECOND;
    for (long i = 0; i < records && failure.get() == null; i++) {
      boolean acquired = false;
      while (!acquired) {
        acquired = free.tryAcquire(next - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (System.nanoTime() >= next) {
          err.printf("loading: %,d of %,d records%n", i, records);
          next += SECOND;
        }
      }
      write(operations.load(i), TRIES);
    }
    free.acquire(IN_FLIGHT);
    Throwable why = failure.get();
    if (why != null) {
      throw new RunFailedException(
          "the records could not be loaded: "
              + (why instanceof CompletionException && why.getCause() instanceof Exception cause
                      ? cause
                      : why)
                  .getMessage(),
          why);
    }
    err.printf("loaded %,d records%n", records);
  }

  private void write(Operation operation, int tries) {
    var unused =
        target
            .execute(operation)
            .whenComplete(
                (done, thrown) -> {
                  if (thrown != null && tries > 1) {
                    write(operation, tries - 1);
                    return;
                  }
                  if (thrown != null) {
                    failure.compareAndSet(null, thrown);
                  }
                  free.release();
                });
  }
}
