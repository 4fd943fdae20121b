package starling.node.storage;

import org.jspecify.annotations.Nullable;

/** Told once, on the owner's executor, how an append or a save ended. */
@FunctionalInterface
public interface Completion {
  /** {@code null}: done, as durable as was asked. Otherwise it may or may not be on the disk. */
  void completed(@Nullable StorageFailure failure);
}
