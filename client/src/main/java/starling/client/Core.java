package starling.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** What all views of one client share. Thread-safe. */
record Core(Engine engine, SpecMaker specs, Observer observer) {
  /** Starts a call whose answer says all. */
  <T> CompletableFuture<T> start(CallSpec spec, BiFunction<Answer, Attempts, T> reader) {
    return start(spec, (answer, attempts, unsure) -> reader.apply(answer, attempts));
  }

  /** Starts a call. */
  <T> CompletableFuture<T> start(CallSpec spec, PendingResult.Maker<T> maker) {
    if (engine.closed()) {
      return CompletableFuture.failedFuture(ClosedException.before());
    }
    PendingResult<T> result = new PendingResult<>(engine, maker);
    Observer.Observation observation = observer.start(spec.operation(), spec.bucket());
    Call call = new Call(spec, engine, result, observation, engine.nanos());
    result.begun(call);
    try {
      if (!engine.submit(call)) {
        throw new OverloadedException(
            Failure.before("client-full", true, ClientVerdict.FULL, null), Duration.ZERO);
      }
    } catch (StarlingException e) {
      observation.finished(e.outcome(), e.kind());
      result.failed(e);
    }
    return result;
  }

  /** A future for everything that goes wrong before the call begins, too. */
  static <T> CompletableFuture<T> guarded(Supplier<CompletableFuture<T>> start) {
    try {
      return start.get();
    } catch (StarlingException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
