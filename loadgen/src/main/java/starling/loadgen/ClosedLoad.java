package starling.loadgen;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import starling.loadgen.workload.OperationKind;
import starling.loadgen.workload.Operations;
import starling.loadgen.workload.Operations.Operation;

/** Clients of which each begins an operation when its last one has ended. */
final class ClosedLoad extends Load {
  /** A client whose operation failed waits for so long: failures must not cost a core. */
  private static final long AFTER_FAILURE_MILLIS = 1;

  private final int concurrency;

  ClosedLoad(Operations operations, Target target, List<OperationKind> kinds, int concurrency) {
    super(operations, target, kinds);
    this.concurrency = concurrency;
  }

  @Override
  void start() {
    for (int i = 0; i < concurrency; i++) {
      proceed();
    }
  }

  private void proceed() {
    while (!stopping) {
      Operation operation = operations.next();
      long begun = System.nanoTime();
      CompletableFuture<?> result = send(operation);
      if (!result.isDone()) {
        var unused =
            result.whenComplete(
                (value, failure) -> {
                  ended(operation, begun, current, value, failure);
                  if (failure == null) {
                    proceed();
                  } else {
                    pause();
                  }
                });
        return;
      }
      var unused =
          result.whenComplete((value, failure) -> ended(operation, begun, current, value, failure));
      if (result.isCompletedExceptionally()) {
        pause();
        return;
      }
    }
  }

  private void pause() {
    try {
      var unused = timer.schedule(this::proceed, AFTER_FAILURE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The load has been closed.
    }
  }

  @Override
  List<String> warnings() {
    return List.of();
  }
}
