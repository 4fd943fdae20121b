package starling.client;

import java.util.concurrent.CompletableFuture;

/** The future of several calls, one after the other. Cancelling it ends the present one. */
final class Chained<T> extends ClientFuture<T> {
  private volatile CompletableFuture<?> present;

  Chained(Engine engine, CompletableFuture<?> first) {
    super(engine);
    present = first;
  }

  void follow(CompletableFuture<?> next) {
    present = next;
    if (isCancelled()) {
      next.cancel(true);
    }
  }

  @Override
  public boolean cancel(boolean mayInterrupt) {
    boolean cancelled = super.cancel(mayInterrupt);
    present.cancel(mayInterrupt);
    return cancelled;
  }
}
