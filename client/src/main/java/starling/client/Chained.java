package starling.client;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The future of several calls, one after the other. Cancelling it ends the present one. */
final class Chained<T> extends CompletableFuture<T> {
  private volatile CompletableFuture<?> present;

  Chained(CompletableFuture<?> first) {
    present = first;
  }

  void follow(CompletableFuture<?> next) {
    present = next;
    if (isCancelled()) {
      next.cancel(true);
    }
  }

  void finish(@Nullable T value, @Nullable Throwable failure) {
    if (failure != null) {
      completeExceptionally(failure);
    } else {
      complete(value);
    }
  }

  @Override
  public boolean cancel(boolean mayInterrupt) {
    boolean cancelled = super.cancel(mayInterrupt);
    present.cancel(mayInterrupt);
    return cancelled;
  }
}
