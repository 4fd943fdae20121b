package starling.node.storage;

import org.jspecify.annotations.Nullable;

/** Events of the store; called on the owner's thread. */
public interface StorageListener {
  /** The store failed for good; called once, before the failed appends complete. */
  void failed(StorageFailure failure);

  /**
   * A read, a scan, the scrub or compaction found a corrupt range. Called before a read of it is
   * answered with {@code null}, so that its partition is known to be incomplete by then. The range
   * is in {@link Storage#unhandledDamage} already, where a node that was not ready finds it later.
   */
  void onCorruptRange(CorruptRange range);

  /**
   * A flush, compaction or other maintenance failed; it changed nothing and is repeated, and it
   * delays nothing else.
   */
  default void operationFailed(String operation, Throwable reason) {}

  /** The disk has too little free space for appends, or has enough again. */
  default void roomChanged(boolean full, String reason) {}

  /**
   * The store stalls, for lack of file descriptors for example, or goes on. It retries by itself;
   * meanwhile it rejects appends that would have to wait.
   *
   * @param reason what could not be done; null when the store goes on
   */
  default void stallChanged(@Nullable String reason) {}
}
