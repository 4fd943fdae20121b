package starling.client;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The items of a listing for a thread that may wait: the next page is fetched when it is needed.
 */
final class BlockingPages<E> implements Iterator<E> {
  private final Listing.Pages<E> pages;
  private final Function<CompletableFuture<Page<E>>, Page<E>> waits;
  private final Queue<E> ready = new ArrayDeque<>();
  private @Nullable Cursor next;
  private boolean begun;
  private boolean incomplete;

  BlockingPages(Listing.Pages<E> pages, Function<CompletableFuture<Page<E>>, Page<E>> waits) {
    this.pages = pages;
    this.waits = waits;
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && (!begun || next != null)) {
      Page<E> page = waits.apply(pages.page(next));
      begun = true;
      next = page.cursor();
      incomplete |= !page.complete();
      ready.addAll(page.items());
    }
    if (ready.isEmpty() && incomplete) {
      throw Listing.incomplete();
    }
    return !ready.isEmpty();
  }

  @Override
  public E next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the listing has ended");
    }
    return ready.remove();
  }
}
