package starling.node.storage;

/** What must have happened to a record before its append completes. */
public enum Durability {
  /** Written and fsynced: survives the loss of power. */
  SYNCED,
  /** Written to the page cache, fsynced within 10 ms: survives any kill of the process. */
  REPLICATED
}
