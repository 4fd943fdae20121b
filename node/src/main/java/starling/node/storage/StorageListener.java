package starling.node.storage;

/** What the store tells its owner unasked; called on the owner's thread. */
public interface StorageListener {
  /** The engine stopped for good; called once, before the failed appends complete. */
  void failed(StorageFailure failure);

  /**
   * A record was found damaged when it was read. Called before that read is answered with nothing,
   * so that its partition is known to be incomplete by then. The key is no longer in the index.
   */
  void setAside(SetAside range);
}
