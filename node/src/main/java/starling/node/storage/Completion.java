package starling.node.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;

/** Told once, on the owner's executor, how an append or a save ended. */
@FunctionalInterface
public interface Completion {
  /** {@code null}: done, as durable as was asked. Otherwise it may or may not be on the disk. */
  void completed(@Nullable StorageFailure failure);

  /** Runs all of them, even if some throw; throws the first exception afterwards. */
  static void all(List<Completion> waiting, @Nullable StorageFailure failure) {
    Throwable thrown = null;
    for (Completion each : waiting) {
      try {
        each.completed(failure);
      } catch (RuntimeException | Error e) {
        OutOfMemory.endsProcess(e);
        thrown = thrown == null ? e : thrown;
      }
    }
    rethrow(thrown);
  }

  /** Throws the exception of a completion, if there is one. */
  static void rethrow(@Nullable Throwable thrown) {
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
  }
}
