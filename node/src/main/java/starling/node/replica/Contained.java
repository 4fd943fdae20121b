package starling.node.replica;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.OutOfMemory;
import starling.node.storage.Completion;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;
import starling.node.storage.StorageFailure;
import starling.node.storage.Stored;

/**
 * Where an error ends. Any {@link Throwable} of a callback or of a storage call is logged here and
 * becomes an answer, so that it ends its own operation and no other: it leaves nobody waiting, and
 * neither a tick nor a queue loses what comes after.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>What is run here never throws.
 *   <li>A storage call made here ends at most once: in its answer, or in its failure.
 *   <li>An answer whose handling throws ends as a failure.
 * </ol>
 */
final class Contained {
  private static final Logger log = LoggerFactory.getLogger(Contained.class);

  private Contained() {}

  /** Runs a task; says whether it came to its end. */
  static boolean run(String what, Runnable task) {
    try {
      task.run();
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("{} was ended by an error", what, e);
      return false;
    }
  }

  /** Tells a listener; says whether it came to its end. */
  @SuppressWarnings("NullAway") // A listener of nullable values is told null.
  static <T extends @Nullable Object> boolean tell(
      String what, Consumer<T> listener, @Nullable T value) {
    try {
      listener.accept(value);
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("{} was ended by an error", what, e);
      return false;
    }
  }

  /** Reads a key; {@code failed} runs if the call throws, or what hears its answer does. */
  static void read(Storage storage, Key key, Consumer<@Nullable Stored> answer, Runnable failed) {
    End<@Nullable Stored> end = new End<>("a read of a key", answer, failed);
    try {
      storage.read(key, end);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      end.fail(e);
    }
  }

  /** Finds keys of a range; {@code failed} runs if the call throws, or what hears the page does. */
  static void scan(
      Storage storage,
      PositionRange range,
      @Nullable Key after,
      int limit,
      Consumer<ScanPage> answer,
      Runnable failed) {
    End<ScanPage> end = new End<>("a scan of keys", answer, failed);
    try {
      storage.scan(range, after, limit, end);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      end.fail(e);
    }
  }

  /** Saves a small value; a call that throws completes as one that failed. */
  static void save(Storage storage, String name, byte[] bytes, Completion done) {
    complete("the save of " + name, end -> storage.saveMeta(name, bytes, end), done);
  }

  /** Makes a call that ends in a completion; if it throws, it has failed. */
  static void complete(String what, Consumer<Completion> call, Completion done) {
    End<@Nullable StorageFailure> end = new End<>(what, done::completed, () -> {});
    try {
      call.accept(failure -> end.accept(failure));
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("{} was ended by an error", what, e);
      end.accept(new StorageFailure(what + " was ended by an error: " + e));
    }
  }

  /** The one end of a call. */
  private static final class End<T extends @Nullable Object> implements Consumer<T> {
    private final String what;
    private final Consumer<T> answer;
    private final Runnable failed;
    private boolean ended;

    End(String what, Consumer<T> answer, Runnable failed) {
      this.what = what;
      this.answer = answer;
      this.failed = failed;
    }

    @Override
    public void accept(@Nullable T value) {
      if (!ended) {
        ended = true;
        if (!tell(what, answer, value)) {
          var unused = run(what, failed);
        }
      }
    }

    void fail(Throwable error) {
      log.error("{} was ended by an error", what, error);
      if (!ended) {
        ended = true;
        var unused = run(what, failed);
      }
    }
  }
}
