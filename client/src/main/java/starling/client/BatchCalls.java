package starling.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of a bucket that concern many keys.
 *
 * @param session null outside of one
 */
record BatchCalls<T>(
    Core core,
    SpecMaker.Place place,
    Codec<T> codec,
    @Nullable Resolver<T> resolver,
    @Nullable Session session,
    Behavior behavior) {

  /** So many that the answer rarely exceeds what a node holds for one. */
  private static final int KEYS_PER_REQUEST = 250;

  CompletableFuture<List<Result<?>>> send(Batch.Encoder<T> encoder, Consumer<Batch<T>> operations) {
    Batch<T> batch = new Batch<>(place.bucket(), encoder);
    operations.accept(batch);
    return send(batch.entries());
  }

  CompletableFuture<Map<Key, Result<Reading<T>>>> getAll(Collection<Key> keys) {
    List<Key> distinct = keys.stream().distinct().toList();
    Map<Key, Result<Reading<T>>> found = new LinkedHashMap<>();
    CompletableFuture<Map<Key, Result<Reading<T>>>> all = new ClientFuture<>(core.engine());
    all.complete(found);
    for (int from = 0; from < distinct.size(); from += KEYS_PER_REQUEST) {
      List<Key> part = distinct.subList(from, Math.min(distinct.size(), from + KEYS_PER_REQUEST));
      CompletableFuture<List<Result<?>>> reading =
          send(part.stream().map(key -> new Batch.Entry(Operation.GET, key, null, null)).toList());
      all =
          all.thenCombine(
              reading,
              (map, results) -> {
                for (int i = 0; i < part.size(); i++) {
                  map.put(part.get(i), reading(results.get(i)));
                }
                return map;
              });
    }
    return all;
  }

  /** The result of a get is a reading. */
  @SuppressWarnings("unchecked")
  private static <T> Result<Reading<T>> reading(Result<?> result) {
    return (Result<Reading<T>>) result;
  }

  private CompletableFuture<List<Result<?>>> send(List<Batch.Entry> given) {
    List<Batch.Entry> entries = new ArrayList<>(given.size());
    List<Session.@Nullable Seen> seen = new ArrayList<>(given.size());
    for (Batch.Entry entry : given) {
      Session.Seen known =
          session == null ? null : session.seen(place.bucket(), entry.key().text());
      seen.add(known);
      entries.add(
          known == null || entry.context() != null
              ? entry
              : new Batch.Entry(entry.operation(), entry.key(), entry.value(), known.context()));
    }
    CallSpec spec = core.specs().batch(place, entries, behavior);
    return core.start(
        spec, (answer, attempts, unsure) -> results(spec, entries, seen, answer, attempts, unsure));
  }

  private List<Result<?>> results(
      CallSpec spec,
      List<Batch.Entry> entries,
      List<Session.@Nullable Seen> seen,
      Answer answer,
      Attempts attempts,
      boolean unsure) {
    List<BatchResults.Result> raw;
    try {
      raw = BatchResults.read(answer.body);
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(spec, answer, attempts, "cannot be read: " + e.getMessage(), e);
    }
    if (raw.size() != entries.size()) {
      throw unreadable(spec, answer, attempts, "has " + raw.size() + " results", null);
    }
    List<Result<?>> results = new ArrayList<>(raw.size());
    for (int i = 0; i < raw.size(); i++) {
      Result<?> result = result(entries.get(i), raw.get(i), spec, attempts, unsure);
      note(entries.get(i), seen.get(i), result);
      results.add(result);
    }
    return List.copyOf(results);
  }

  private static ProtocolException unreadable(
      CallSpec spec, Answer answer, Attempts attempts, String what, @Nullable Throwable cause) {
    return new ProtocolException(
        new Failure(
            "the answer to a batch " + what,
            "protocol",
            spec.write()
                ? StarlingException.Outcome.MAY_BE_WRITTEN
                : StarlingException.Outcome.NOTHING_WRITTEN,
            false,
            null,
            answer.requestId,
            attempts,
            cause));
  }

  private Result<?> result(
      Batch.Entry entry,
      BatchResults.Result raw,
      CallSpec spec,
      Attempts attempts,
      boolean othersUnsure) {
    boolean write = entry.operation() != Operation.GET;
    Verdict verdict = Verdict.of(entry.operation(), write, raw.answer());
    if (verdict.next() != Verdict.Next.DONE) {
      // What this answer says is of its own request; another one may have made the write.
      boolean unsure = verdict.unsure() || (write && othersUnsure);
      Failure failure =
          new Failure(
              verdict.message(),
              verdict.kind(),
              unsure
                  ? StarlingException.Outcome.MAY_BE_WRITTEN
                  : StarlingException.Outcome.NOTHING_WRITTEN,
              verdict.passes() && !unsure,
              verdict.context(),
              spec.requestId(),
              attempts,
              null,
              verdict.status(),
              verdict.title());
      return new Result.Failed<>(verdict.exception(failure));
    }
    if (write) {
      return new Result.Done<>(Readings.written(raw.answer(), attempts));
    }
    try {
      return new Result.Done<>(
          Readings.ofValues(
              place.bucket(), entry.key(), codec, resolver, raw.answer(), raw.values(), attempts));
    } catch (StarlingException e) {
      return new Result.Failed<>(e);
    }
  }

  private void note(Batch.Entry entry, Session.@Nullable Seen seen, Result<?> result) {
    Session within = session;
    String key = entry.key().text();
    if (within != null
        && result instanceof Result.Failed<?> failed
        && failed.failure() instanceof BehindException behind
        && behind.lost()) {
      within.forget(place.bucket(), key);
    }
    if (within == null || !(result instanceof Result.Done<?> done)) {
      return;
    }
    if (done.value() instanceof Reading<?> reading) {
      within.saw(place.bucket(), key, reading.context(), seen, false);
    } else if (done.value() instanceof Written written) {
      within.saw(place.bucket(), key, written.context(), seen, true);
    }
  }
}
