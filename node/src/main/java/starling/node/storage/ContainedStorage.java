package starling.node.storage;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.Contained;
import starling.node.port.OutOfMemory;

/**
 * Calls of a store whose errors are contained: any {@link Throwable} of a call, or of the callback
 * that receives its answer, is logged here and becomes a failure, so that no caller waits forever.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A call never throws.
 *   <li>A call ends at most once: in its answer, or in its failure.
 *   <li>An answer whose handling throws ends as a failure.
 * </ol>
 */
public final class ContainedStorage {
  private static final Logger log = LoggerFactory.getLogger(ContainedStorage.class);

  private ContainedStorage() {}

  /** Reads a key; {@code failed} runs if the call or the callback throws. */
  public static void read(
      Storage storage, Key key, Consumer<@Nullable Stored> answer, Runnable failed) {
    End<@Nullable Stored> end = new End<>("a read of a key", answer, failed);
    try {
      storage.read(key, end);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      end.fail(e);
    }
  }

  /** Finds keys of a range; {@code failed} runs if the call or the callback throws. */
  public static void scan(
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

  /** Finds keys of a range with their sets; as {@link #scan}. */
  public static void scanSets(
      Storage storage, SetScan scan, Consumer<SetPage> answer, Runnable failed) {
    End<SetPage> end = new End<>("a scan of sets", answer, failed);
    try {
      storage.scanSets(scan, end);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      end.fail(e);
    }
  }

  /** Saves a small value; a call that throws completes with a failure. */
  public static void save(Storage storage, String name, byte[] bytes, Completion done) {
    complete("the save of " + name, end -> storage.saveMeta(name, bytes, end), done);
  }

  /** Makes a call that ends in a completion; an exception is a failure. */
  public static void complete(String what, Consumer<Completion> call, Completion done) {
    End<@Nullable StorageFailure> end = new End<>(what, done::completed, () -> {});
    try {
      call.accept(failure -> end.accept(failure));
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("{} ended with an unexpected error; please report it", what, e);
      end.accept(new StorageFailure(what + " ended with an unexpected error: " + e));
    }
  }

  /** Ends a call once. */
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
        if (!Contained.tell(what, answer, value)) {
          var unused = Contained.run(what, failed);
        }
      }
    }

    void fail(Throwable error) {
      log.error("{} ended with an unexpected error; please report it", what, error);
      if (!ended) {
        ended = true;
        var unused = Contained.run(what, failed);
      }
    }
  }
}
