package starling.client;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** One subscriber of a listing. Its state belongs to the client's thread. */
final class ListingSubscription<E> implements Flow.Subscription {
  private final Engine engine;
  private final Listing.Pages<E> pages;
  private final Flow.Subscriber<? super E> subscriber;
  private final Queue<E> ready = new ArrayDeque<>();
  private @Nullable Cursor next;
  private long demand;
  private boolean begun;
  private boolean fetching;
  private boolean delivering;
  private boolean incomplete;
  private volatile boolean ended;

  ListingSubscription(
      Engine engine, Listing.Pages<E> pages, Flow.Subscriber<? super E> subscriber) {
    this.engine = engine;
    this.pages = pages;
    this.subscriber = subscriber;
  }

  @Override
  public void request(long items) {
    boolean runs = engine.execute(() -> requested(items));
    if (!runs && !ended) {
      ended = true;
      subscriber.onError(ClosedException.before());
    }
  }

  @Override
  public void cancel() {
    ended = true;
  }

  private void requested(long items) {
    if (ended) {
      return;
    }
    if (items <= 0) {
      fail(new IllegalArgumentException("a subscriber requests at least one item, not " + items));
      return;
    }
    demand = demand + items < 0 ? Long.MAX_VALUE : demand + items;
    deliver();
  }

  private void deliver() {
    if (delivering) {
      // Called by the subscriber from within: the loop below goes on.
      return;
    }
    delivering = true;
    while (!ended && demand > 0 && !ready.isEmpty()) {
      demand--;
      deliver(ready.remove());
    }
    delivering = false;
    if (ended || !ready.isEmpty() || fetching) {
      return;
    }
    if (begun && next == null) {
      end();
    } else if (demand > 0) {
      fetch();
    }
  }

  /** A subscriber may not throw: one that does has cancelled its subscription. */
  private void deliver(E item) {
    try {
      subscriber.onNext(item);
    } catch (Throwable e) {
      ended = true;
      delivering = false;
      throw e;
    }
  }

  private void fetch() {
    fetching = true;
    begun = true;
    CompletableFuture<Page<E>> page = pages.page(next);
    var unused =
        page.whenComplete(
            (found, failure) -> {
              if (!engine.execute(() -> fetched(found, failure)) && !ended) {
                fail(ClosedException.before());
              }
            });
  }

  private void fetched(@Nullable Page<E> page, @Nullable Throwable failure) {
    fetching = false;
    if (ended) {
      return;
    }
    if (page == null) {
      fail(failure == null ? ClosedException.before() : failure);
      return;
    }
    incomplete |= !page.complete();
    next = page.cursor();
    ready.addAll(page.items());
    deliver();
  }

  private void end() {
    if (incomplete) {
      fail(Listing.incomplete());
    } else {
      ended = true;
      subscriber.onComplete();
    }
  }

  private void fail(Throwable failure) {
    ended = true;
    subscriber.onError(failure);
  }
}
