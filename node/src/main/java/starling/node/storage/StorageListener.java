package starling.node.storage;

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
  void setAside(SetAside range);

  /**
   * Something that the store does behind the writes failed, as a flush or compaction; it ended
   * without a change and is tried again, and nothing else is held up by it.
   */
  default void operationFailed(String operation, Throwable reason) {}

  /** The disk has too little room to take more appends, or has enough again. */
  default void roomChanged(boolean full, String reason) {}
}
