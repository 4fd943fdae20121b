package starling.client;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a {@link Bucket} for threads that may wait, virtual ones too: no lock is held while
 * waiting. Failures are thrown as they are. A call from the client's own thread would wait for
 * itself and throws {@link IllegalStateException}; an interrupted one throws {@link
 * CancellationException}, and its write may have happened.
 */
public final class BlockingBucket<T> {
  private final Bucket<T> bucket;
  private final Engine engine;

  BlockingBucket(Bucket<T> bucket, Engine engine) {
    this.bucket = bucket;
    this.engine = engine;
  }

  /** The bucket with futures. */
  public Bucket<T> async() {
    return bucket;
  }

  /** See {@link Bucket#get(String)}. */
  public Reading<T> get(String key) {
    return await(() -> bucket.get(key));
  }

  /** See {@link Bucket#get(Key)}. */
  public Reading<T> get(Key key) {
    return await(() -> bucket.get(key));
  }

  /** See {@link Bucket#get(String, Consumer)}. */
  public Reading<T> get(String key, Consumer<Options.Get> options) {
    return await(() -> bucket.get(key, options));
  }

  /** See {@link Bucket#put(String, Object)}. */
  public Written put(String key, T value) {
    return await(() -> bucket.put(key, value));
  }

  /** See {@link Bucket#put(Key, Object)}. */
  public Written put(Key key, T value) {
    return await(() -> bucket.put(key, value));
  }

  /** See {@link Bucket#put(String, Object, Consumer)}. */
  public Written put(String key, T value, Consumer<Options.Put> options) {
    return await(() -> bucket.put(key, value, options));
  }

  /** See {@link Bucket#put(Reading, Object)}. */
  public Written put(Reading<?> reading, T value) {
    return await(() -> bucket.put(reading, value));
  }

  /** See {@link Bucket#put(Reading, Object, Consumer)}. */
  public Written put(Reading<?> reading, T value, Consumer<Options.Put> options) {
    return await(() -> bucket.put(reading, value, options));
  }

  /** See {@link Bucket#create(String, Object)}. */
  public Written create(String key, T value) {
    return await(() -> bucket.create(key, value));
  }

  /** See {@link Bucket#create(String, Object, Consumer)}. */
  public Written create(String key, T value, Consumer<Options.Put> options) {
    return await(() -> bucket.create(key, value, options));
  }

  /** See {@link Bucket#update(String, Change)}. */
  public Reading<T> update(String key, Change<T> change) {
    return await(() -> bucket.update(key, change));
  }

  /** See {@link Bucket#delete(String)}. */
  public Written delete(String key) {
    return await(() -> bucket.delete(key));
  }

  /** See {@link Bucket#delete(Key)}. */
  public Written delete(Key key) {
    return await(() -> bucket.delete(key));
  }

  /** See {@link Bucket#delete(String, Consumer)}. */
  public Written delete(String key, Consumer<Options.Put> options) {
    return await(() -> bucket.delete(key, options));
  }

  /** See {@link Bucket#delete(Reading)}. */
  public Written delete(Reading<?> reading) {
    return await(() -> bucket.delete(reading));
  }

  /** See {@link Bucket#getAll(Collection)}. */
  public Map<Key, Result<Reading<T>>> getAll(Collection<Key> keys) {
    return await(() -> bucket.getAll(keys));
  }

  /** See {@link Bucket#batch(Consumer)}. */
  public List<Result<?>> batch(Consumer<Batch<T>> operations) {
    return await(() -> bucket.batch(operations));
  }

  /**
   * All keys that begin with a prefix. Each iteration is a listing of its own, and fetches the next
   * page when it is needed.
   *
   * @see Bucket#keys(String)
   */
  public Iterable<Key> keys(String prefix) {
    return iterable(bucket.keys(prefix));
  }

  /** The readings of all keys that begin with a prefix, in the same way. */
  public Iterable<Reading<T>> entries(String prefix) {
    return iterable(bucket.entries(prefix));
  }

  private <E> Iterable<E> iterable(Listing<E> listing) {
    return () -> new BlockingPages<>(listing.pages(), page -> await(() -> page));
  }

  /** See {@link Bucket#keys(String, int, Cursor)}. */
  public Page<Key> keys(String prefix, int limit, @Nullable Cursor cursor) {
    return await(() -> bucket.keys(prefix, limit, cursor));
  }

  /** See {@link Bucket#properties()}. */
  public BucketProperties properties() {
    return await(bucket::properties);
  }

  private <R> R await(Supplier<CompletableFuture<R>> call) {
    if (engine.onOwnThread()) {
      throw new IllegalStateException(ClientFuture.WAITS_FOR_ITSELF);
    }
    CompletableFuture<R> future = call.get();
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException("interrupted while waiting; a write may have happened");
      cancelled.initCause(e);
      throw cancelled;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
