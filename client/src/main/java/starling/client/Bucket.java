package starling.client;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.wire.StorePaths;

/**
 * A bucket, as one program sees it: with a codec, perhaps a resolver and a session, and a behavior.
 * Immutable and thread-safe; methods that set something return a new handle.
 *
 * <pre>{@code
 * Codec<Set<String>> words =
 *     Codecs.text().mapping(set -> String.join(" ", set), text -> Set.of(text.split(" ")));
 * Bucket<Set<String>> tags = starling.bucket("tags", words).resolving(Resolver.union());
 * tags.put("ada", Set.of("poet"))
 *     .thenCompose(written -> tags.update("ada", before -> Set.of("poet", "analyst")))
 *     .thenAccept(after -> System.out.println("tags: " + after.value().size()))
 *     .join();
 * }</pre>
 *
 * <p>Every call returns a future and waits for nothing. All failures are {@link
 * StarlingException}s, also those before anything is sent. Futures complete on the client's thread:
 * what depends on them runs there unless an {@code …Async} method moves it, and must not wait. A
 * wait for another future of the client fails there with {@link IllegalStateException}.
 */
public final class Bucket<T> {
  private final Core core;
  private final SpecMaker.Place place;
  private final Codec<T> codec;
  private final @Nullable Resolver<T> resolver;
  private final @Nullable Session session;
  private final Behavior behavior;

  Bucket(
      Core core,
      SpecMaker.Place place,
      Codec<T> codec,
      @Nullable Resolver<T> resolver,
      @Nullable Session session,
      Behavior behavior) {
    this.core = core;
    this.place = place;
    this.codec = codec;
    this.resolver = resolver;
    this.session = session;
    this.behavior = behavior;
  }

  /** The bucket's name. */
  public String name() {
    return place.bucket();
  }

  /** The same bucket with values of another type, and without a resolver. */
  public <U> Bucket<U> as(Codec<U> other) {
    return new Bucket<>(core, place, other, null, session, behavior);
  }

  /** The same with a resolver: siblings then have a value, and can be updated. */
  public Bucket<T> resolving(Resolver<T> siblings) {
    return new Bucket<>(core, place, codec, siblings, session, behavior);
  }

  /** The same in a session. */
  public Bucket<T> in(Session other) {
    return new Bucket<>(core, place, codec, resolver, other, behavior);
  }

  /** The same with another behavior. */
  public Bucket<T> with(Behavior other) {
    return new Bucket<>(core, place, codec, resolver, session, other);
  }

  /** The same calls with values instead of futures. */
  public BlockingBucket<T> blocking() {
    return new BlockingBucket<>(this, core.engine());
  }

  // ---- reading

  /** Reads a key. Nothing stored is a {@link Reading.Absent}. */
  public CompletableFuture<Reading<T>> get(String key) {
    return get(key, options -> {});
  }

  /** Reads a key. */
  public CompletableFuture<Reading<T>> get(Key key) {
    return Core.guarded(() -> read(key, new Options.Get(), patience()));
  }

  /** Reads a key with options. */
  public CompletableFuture<Reading<T>> get(String key, Consumer<Options.Get> options) {
    return Core.guarded(() -> read(Key.of(key), options(options), patience()));
  }

  private static Options.Get options(Consumer<Options.Get> options) {
    Options.Get made = new Options.Get();
    options.accept(made);
    return made;
  }

  private long patience() {
    return behavior.deadline().toNanos();
  }

  private CompletableFuture<Reading<T>> read(Key key, Options.Get options, long patience) {
    Session within = session;
    Session.Seen seen = within == null ? null : within.seen(name(), key.text());
    Context covering =
        options.covering != null ? options.covering : seen == null ? null : seen.context();
    CallSpec spec = core.specs().get(place, key, behavior, patience, covering);
    CompletableFuture<Reading<T>> reading =
        core.start(
            spec,
            (answer, attempts) -> {
              Reading<T> made = Readings.of(name(), key, codec, resolver, answer, attempts);
              if (within != null) {
                within.saw(name(), key.text(), made.context(), seen, false);
              }
              return made;
            });
    if (within != null && seen != null) {
      var unused =
          reading.whenComplete(
              (done, failure) -> {
                if (failure instanceof BehindException behind && behind.lost()) {
                  within.forget(name(), key.text());
                }
              });
    }
    return reading;
  }

  // ---- writing

  /**
   * Writes a value in place of what the write's quorum holds; in a session, of what the session has
   * seen.
   */
  public CompletableFuture<Written> put(String key, T value) {
    return put(key, value, options -> {});
  }

  /** The same. */
  public CompletableFuture<Written> put(Key key, T value) {
    return Core.guarded(() -> write(key, encoded(value), new Options.Put(), patience()));
  }

  /** The same with options. */
  public CompletableFuture<Written> put(String key, T value, Consumer<Options.Put> options) {
    return Core.guarded(() -> write(Key.of(key), value, writeOptions(options)));
  }

  /** Writes a value in place of exactly what was read. */
  public CompletableFuture<Written> put(Reading<?> reading, T value) {
    return put(reading, value, options -> {});
  }

  /** The same with options. */
  public CompletableFuture<Written> put(
      Reading<?> reading, T value, Consumer<Options.Put> options) {
    return Core.guarded(() -> write(reading.key(), value, replacing(reading, options)));
  }

  /**
   * Writes a value if nothing is stored.
   *
   * @return a future that fails with {@link AlreadyExistsException} if something is
   */
  public CompletableFuture<Written> create(String key, T value) {
    return create(key, value, options -> {});
  }

  /** The same with options. */
  public CompletableFuture<Written> create(String key, T value, Consumer<Options.Put> options) {
    return Core.guarded(
        () -> {
          Options.Put made = writeOptions(options).ifAbsent();
          return exists(write(Key.of(key), value, made));
        });
  }

  private CompletableFuture<Written> exists(CompletableFuture<Written> writing) {
    Chained<Written> result = new Chained<>(core.engine(), writing);
    var unused =
        writing.whenComplete(
            (written, failure) -> {
              if (failure instanceof ConditionFailedException condition) {
                result.completeExceptionally(new AlreadyExistsException(condition.failure()));
              } else {
                result.finish(written, failure);
              }
            });
    return result;
  }

  /**
   * Reads a value, changes it, and writes the result in place of what was read. Writes nothing if
   * the change returns an equal value of a key without siblings; siblings are always replaced by
   * what the resolver and the change made of them. One deadline covers both.
   *
   * @return the new state; it fails with {@link UnresolvedException} for siblings without a
   *     resolver
   */
  public CompletableFuture<Reading<T>> update(String key, Change<T> change) {
    return Core.guarded(
        () -> {
          Key checked = Key.of(key);
          long begun = core.engine().nanos();
          return Updating.begin(
              core.engine(),
              read(checked, new Options.Get(), patience()),
              Objects.requireNonNull(change, "change"),
              this::encoded,
              (before, body) ->
                  write(
                      checked,
                      body,
                      replacing(before, options -> {}),
                      Math.max(1, patience() - (core.engine().nanos() - begun))));
        });
  }

  /** Deletes a key, whether or not it exists; in a session, what the session has seen of it. */
  public CompletableFuture<Written> delete(String key) {
    return delete(key, options -> {});
  }

  /** The same. */
  public CompletableFuture<Written> delete(Key key) {
    return Core.guarded(() -> remove(key, new Options.Put()));
  }

  /** The same with options. */
  public CompletableFuture<Written> delete(String key, Consumer<Options.Put> options) {
    return Core.guarded(() -> remove(Key.of(key), writeOptions(options)));
  }

  /** Deletes exactly what was read. */
  public CompletableFuture<Written> delete(Reading<?> reading) {
    return Core.guarded(() -> remove(reading.key(), replacing(reading, options -> {})));
  }

  private static Options.Put writeOptions(Consumer<Options.Put> options) {
    Options.Put made = new Options.Put();
    options.accept(made);
    return made;
  }

  private Options.Put replacing(Reading<?> reading, Consumer<Options.Put> options) {
    return writeOptions(options).replacing(reading.of(name()).context());
  }

  // ---- many keys

  /**
   * Reads many keys with few requests.
   *
   * @return by key, in the order given: its reading, or why it could not be read
   */
  public CompletableFuture<Map<Key, Result<Reading<T>>>> getAll(Collection<Key> keys) {
    return Core.guarded(() -> many().getAll(keys));
  }

  /**
   * Executes 1 to 1,000 operations with one request. They are independent of each other, and may be
   * executed in any order.
   *
   * @param operations fills the batch
   * @return one result for each operation, in their order: {@link Reading}s and {@link Written}s
   */
  public CompletableFuture<List<Result<?>>> batch(Consumer<Batch<T>> operations) {
    return Core.guarded(() -> many().send(this::encoded, operations));
  }

  /**
   * All keys that begin with a prefix, which may be empty. A prefix filters: a listing reads all
   * keys of the bucket.
   */
  public Listing<Key> keys(String prefix) {
    return listings().keys(prefix);
  }

  /**
   * One page of keys.
   *
   * @param limit the most keys of the page, from 1 to 10,000
   * @param cursor of the page before; null for the first
   */
  public CompletableFuture<Page<Key>> keys(String prefix, int limit, @Nullable Cursor cursor) {
    return Core.guarded(() -> listings().keys(prefix, limit, cursor));
  }

  /** The readings of all keys that begin with a prefix, which may be empty. */
  public Listing<Reading<T>> entries(String prefix) {
    return listings().entries(prefix);
  }

  /** What holds for requests of the bucket that say nothing else. */
  public CompletableFuture<BucketProperties> properties() {
    return Core.guarded(
        () ->
            core.start(
                core.specs().cluster(name(), StorePaths.BUCKETS + name(), behavior),
                (answer, attempts) ->
                    AnswerBody.read(
                        "the properties of the bucket " + name(),
                        answer,
                        attempts,
                        BucketBody::read)));
  }

  private Listings<T> listings() {
    return new Listings<>(core, place, codec, resolver, behavior);
  }

  private BatchCalls<T> many() {
    return new BatchCalls<>(core, place, codec, resolver, session, behavior);
  }

  private CompletableFuture<Written> write(Key key, T value, Options.Put options) {
    return write(key, encoded(value, options.contentType), options, patience());
  }

  private CompletableFuture<Written> write(Key key, Body body, Options.Put options, long patience) {
    Session.Seen seen = before(key, options);
    CallSpec spec = core.specs().put(place, key, body, behavior, patience, options);
    return written(key, spec, seen);
  }

  private CompletableFuture<Written> remove(Key key, Options.Put options) {
    Session.Seen seen = before(key, options);
    return written(key, core.specs().delete(place, key, behavior, patience(), options), seen);
  }

  private Session.@Nullable Seen before(Key key, Options.Put options) {
    Session within = session;
    Session.Seen seen = within == null ? null : within.seen(name(), key.text());
    boolean free = options.replacing == null && !options.ifAbsent && options.ifMatch == null;
    if (seen != null && free) {
      options.replacing(seen.context());
    }
    return seen;
  }

  private CompletableFuture<Written> written(Key key, CallSpec spec, Session.@Nullable Seen seen) {
    Session within = session;
    return core.start(
        spec,
        (answer, attempts) -> {
          Written written = Readings.written(answer, attempts);
          if (within != null) {
            within.saw(name(), key.text(), written.context(), seen, true);
          }
          return written;
        });
  }

  private Body encoded(T value) {
    return encoded(value, null);
  }

  private Body encoded(T value, @Nullable String contentType) {
    Objects.requireNonNull(value, "value");
    try {
      Body body = codec.encode(value);
      return contentType == null ? body : Body.of(body.bytes(), contentType);
    } catch (Exception e) {
      throw InvalidRequestException.before("value", "the value cannot be encoded: " + e, e);
    }
  }
}
