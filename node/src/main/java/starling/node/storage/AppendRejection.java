package starling.node.storage;

import starling.node.port.DiskFullException;
import starling.node.port.TransientDiskException;

/** Why an append was not taken: nothing of it happened, and nothing will. */
public enum AppendRejection {
  /** As much waits for the disk as may wait; a little later there is room. */
  QUEUE_FULL,

  /** The disk has no room to spare; appends are taken again by themselves when it has. */
  DISK_FULL,

  /**
   * The disk can take nothing now for want of something that may pass, as free descriptors; appends
   * are taken again by themselves when it can.
   */
  STALLED,

  /** The engine has failed or is closing: not before it is opened anew. */
  STOPPED,

  /** What stands there cannot be read by this program, so nothing can be decided on it. */
  UNREADABLE,

  /** An error inside the node ended it; the log has the cause. */
  FAILED;

  static AppendRejection of(TransientDiskException stall) {
    return stall instanceof DiskFullException ? DISK_FULL : STALLED;
  }
}
