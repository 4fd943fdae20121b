package starling.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import starling.node.port.Timers.Timer;

class VertxTimersTest {
  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final VertxTimers timers = new VertxTimers(vertx);

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void aTaskRunsOnTheLoopAndNotBeforeItsTime() {
    CompletableFuture<Long> ran = new CompletableFuture<>();
    CompletableFuture<Boolean> onLoop = new CompletableFuture<>();
    loop.runOnContext(
        unused -> {
          long begin = System.nanoTime();
          timers.after(
              20_000_001,
              () -> {
                ran.complete(System.nanoTime() - begin);
                onLoop.complete(Vertx.currentContext() == loop);
              });
        });
    assertThat(ran.orTimeout(10, TimeUnit.SECONDS).join()).isGreaterThanOrEqualTo(20_000_001);
    assertThat(onLoop.join()).isTrue();
  }

  @Test
  void aCancelledTaskNeverRunsAndNoDelayIsTooShortOrTooLong() {
    CompletableFuture<String> first = new CompletableFuture<>();
    loop.runOnContext(
        unused -> {
          Timer cancelled = timers.after(0, () -> first.complete("cancelled"));
          timers.after(Long.MAX_VALUE, () -> first.complete("far")).cancel();
          cancelled.cancel();
          timers.after(5_000_000, () -> first.complete("kept"));
        });
    assertThat(first.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo("kept");
  }
}
