package starling.node.storage;

/** Why an append was not taken: nothing of it happened, and nothing will. */
public enum Refused {
  /** As much waits for the disk as may wait; a little later there is room. */
  QUEUE_FULL,

  /** The disk has no room to spare; appends are taken again by themselves when it has. */
  DISK_FULL,

  /** The engine has failed or is closing: not before it is opened anew. */
  STOPPED,

  /** What stands there cannot be read by this program, so nothing can be decided on it. */
  UNREADABLE,

  /** An error inside the node ended it; the log has the cause. */
  FAILED
}
