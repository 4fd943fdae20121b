package starling.loadgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import starling.loadgen.workload.KeyDistribution;
import starling.loadgen.workload.OperationKind;
import starling.loadgen.workload.Operations;
import starling.loadgen.workload.Workload;

class OpenLoadTest {
  private static final int RATE = 1000;
  private static final long STALL_MILLIS = 300;

  @Test
  void latencyCountsFromWhenAnOperationWasDue() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger sent = new AtomicInteger();
    // The first operation keeps the sender for a while; all answers are there at once.
    Target target =
        operation -> {
          if (sent.getAndIncrement() == 0) {
            try {
              assertThat(never.await(STALL_MILLIS, TimeUnit.MILLISECONDS)).isFalse();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
          return CompletableFuture.completedFuture("done");
        };
    Operations operations = new Operations(Workload.C, KeyDistribution.UNIFORM, 10, 1, 1);
    try (OpenLoad load = new OpenLoad(operations, target, List.of(OperationKind.READ), RATE)) {
      Measurement measurement = load.measure();
      load.start();
      await().until(() -> sent.get() > STALL_MILLIS);
      load.stop();
      await().until(load::idle);
      Histogram latencies = measurement.interval().get(OperationKind.READ);
      long slow =
          latencies.getCountBetweenValues(
              TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS / 3), Long.MAX_VALUE / 4);
      assertThat(slow)
          .as("operations that were due in the first two thirds of the stall")
          .isGreaterThanOrEqualTo(STALL_MILLIS / 2);
      assertThat(load.warnings())
          .anyMatch(warning -> warning.contains("10 ms after they were due"));
    }
  }
}
