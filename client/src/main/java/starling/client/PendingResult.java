package starling.client;

import org.jspecify.annotations.Nullable;

/**
 * The future of one call. Cancelling it ends the call; a request that is out is not called back.
 */
final class PendingResult<T> extends ClientFuture<T> implements Call.Ending {
  /** Makes the result of an answer, on the client's thread. */
  interface Maker<T> {
    /**
     * Makes it.
     *
     * @param unsure whether another request of the call may have written, too
     */
    T make(Answer answer, Attempts attempts, boolean unsure);
  }

  private final Maker<T> maker;
  private final Engine engine;
  private volatile @Nullable Call call;

  PendingResult(Engine engine, Maker<T> maker) {
    super(engine);
    this.engine = engine;
    this.maker = maker;
  }

  void begun(Call begun) {
    call = begun;
  }

  @Override
  public void succeeded(Answer answer, Attempts attempts, boolean unsure) {
    T made;
    try {
      made = maker.make(answer, attempts, unsure);
    } catch (Throwable e) {
      completeExceptionally(e);
      return;
    }
    complete(made);
  }

  @Override
  public void failed(StarlingException failure) {
    completeExceptionally(failure);
  }

  @Override
  public boolean cancel(boolean mayInterrupt) {
    boolean cancelled = super.cancel(mayInterrupt);
    Call begun = call;
    if (cancelled && begun != null) {
      engine.cancel(begun);
    }
    return cancelled;
  }
}
