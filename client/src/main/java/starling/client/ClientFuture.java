package starling.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A future that the client's thread completes. Code on that thread which waits for it would stop
 * every call of the client, deadlines included, and so fails at once. The same holds for futures
 * that are derived from it.
 */
class ClientFuture<T> extends CompletableFuture<T> {
  private final Engine engine;

  ClientFuture(Engine engine) {
    this.engine = engine;
  }

  void finish(@Nullable T value, @Nullable Throwable failure) {
    if (failure != null) {
      completeExceptionally(failure);
    } else {
      complete(value);
    }
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new ClientFuture<>(engine);
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    requireOtherThread();
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    requireOtherThread();
    return super.get(timeout, unit);
  }

  @Override
  public T join() {
    requireOtherThread();
    return super.join();
  }

  private void requireOtherThread() {
    if (!isDone() && engine.onOwnThread()) {
      throw new IllegalStateException(WAITS_FOR_ITSELF);
    }
  }

  static final String WAITS_FOR_ITSELF =
      "the client's own thread would wait for itself: continue with the future, for example by"
          + " thenCompose, or move the work to another thread with an …Async method";
}
