package starling.node.storage;

import org.jspecify.annotations.Nullable;

/** What the store tells its owner unasked; called on the owner's thread. */
public interface StorageListener {
  /** The engine stopped for good; called once, before the failed appends complete. */
  void failed(StorageFailure failure);

  /**
   * A record was found damaged, by a read, a scan, the scrub or compaction. Called before a read of
   * it is answered with nothing, so that what it belongs to is known to be incomplete by then. It
   * is in {@link Storage#unhandledDamage} already: what is told before anybody can make use of it
   * is found there later.
   */
  void setAside(CorruptRange range);

  /**
   * Something that the store does behind the writes failed, as a flush or compaction; it ended
   * without a change and is tried again, and nothing else is held up by it.
   */
  default void operationFailed(String operation, Throwable reason) {}

  /** The disk has too little room to take more appends, or has enough again. */
  default void roomChanged(boolean full, String reason) {}

  /**
   * The store begins to wait for something that may pass, as free descriptors, or goes on. It tries
   * again by itself; meanwhile appends are refused where they would have to wait.
   *
   * @param reason what could not be done; null when nothing waits any more
   */
  default void stallChanged(@Nullable String reason) {}
}
