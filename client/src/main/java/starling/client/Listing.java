package starling.client;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All keys or readings of a bucket, page by page and at the subscriber's pace: the next page is
 * fetched once the present one is taken. Each subscriber has a listing of its own. Signals come on
 * the client's thread. A listing that some partition could not answer ends with {@link
 * UnavailableException} of the kind {@code incomplete}, after everything that was found.
 *
 * <pre>{@code
 * Bucket<String> names = starling.bucket("names", Codecs.text());
 * names.entries("a").forEach(entry -> System.out.println("entry " + entry.key())).join();
 * for (Key key : names.blocking().keys("")) {
 *   System.out.println("key " + key);
 * }
 * }</pre>
 */
public final class Listing<E> implements Flow.Publisher<E> {
  /** Fetches a page. */
  interface Pages<E> {
    CompletableFuture<Page<E>> page(@Nullable Cursor cursor);
  }

  private final Engine engine;
  private final Pages<E> pages;

  Listing(Engine engine, Pages<E> pages) {
    this.engine = engine;
    this.pages = pages;
  }

  Pages<E> pages() {
    return pages;
  }

  /** How a listing ends in which a partition is missing. */
  static UnavailableException incomplete() {
    return new UnavailableException(
        Failure.before(
            "incomplete",
            true,
            "no complete replica of some partition answered, so keys may be missing",
            null),
        0,
        0,
        List.of());
  }

  @Override
  public void subscribe(Flow.Subscriber<? super E> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    ListingSubscription<E> subscription = new ListingSubscription<>(engine, pages, subscriber);
    subscriber.onSubscribe(subscription);
  }

  /**
   * Calls an action for each item, one after the other, on the client's thread.
   *
   * @return completes after the last item; cancelling it ends the listing
   */
  public CompletableFuture<Void> forEach(Consumer<? super E> action) {
    CompletableFuture<Void> ended = new ClientFuture<>(engine);
    subscribe(
        new Flow.Subscriber<E>() {
          private Flow.@Nullable Subscription subscription;

          @Override
          public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(Long.MAX_VALUE);
          }

          @Override
          public void onNext(E item) {
            Flow.Subscription present = subscription;
            if (ended.isDone() && present != null) {
              present.cancel();
              return;
            }
            try {
              action.accept(item);
            } catch (Throwable e) {
              if (present != null) {
                present.cancel();
              }
              ended.completeExceptionally(e);
            }
          }

          @Override
          public void onError(Throwable failure) {
            ended.completeExceptionally(failure);
          }

          @Override
          public void onComplete() {
            ended.complete(null);
          }
        });
    return ended;
  }
}
