package starling.loadgen;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import starling.loadgen.workload.OperationKind;
import starling.loadgen.workload.Operations;
import starling.loadgen.workload.Operations.Operation;

/** Operations that are under way, and where their latencies go. */
abstract class Load implements AutoCloseable {
  final Operations operations;
  private final Target target;
  private final List<OperationKind> kinds;
  final AtomicLong inFlight = new AtomicLong();
  final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          runnable -> {
            Thread thread = new Thread(runnable, "loadgen-timer");
            thread.setDaemon(true);
            return thread;
          });
  volatile Measurement current;
  volatile boolean stopping;

  Load(Operations operations, Target target, List<OperationKind> kinds) {
    this.operations = operations;
    this.target = target;
    this.kinds = kinds;
    this.current = new Measurement(kinds);
  }

  /** Begins; returns at once. */
  abstract void start();

  /**
   * Why this load may have been less than was asked for, for the time since a measurement began.
   */
  abstract List<String> warnings();

  /** From now on another measurement records. */
  Measurement measure() {
    current = new Measurement(kinds);
    return current;
  }

  final CompletableFuture<?> send(Operation operation) {
    inFlight.incrementAndGet();
    return target.execute(operation);
  }

  final void ended(
      Operation operation,
      long since,
      Measurement into,
      @Nullable Object result,
      @Nullable Throwable failure) {
    long nanos = System.nanoTime() - since;
    operations.ended(operation);
    if (failure != null) {
      into.failed(operation.kind(), failure);
    } else {
      into.succeeded(operation.kind(), nanos);
      if (Target.foundNothing(result)) {
        into.notFound.increment();
      }
    }
    inFlight.decrementAndGet();
  }

  /** No further operation begins. */
  void stop() {
    stopping = true;
  }

  /** Whether every operation has ended. */
  boolean idle() {
    return inFlight.get() == 0;
  }

  @Override
  public void close() {
    stop();
    timer.shutdownNow();
  }
}
