package starling.node.storage;

import starling.node.port.DiskFullException;
import starling.node.port.TransientDiskException;

/** Why an append was rejected: it had no effect, and never will. */
public enum AppendRejection {
  /** The queue of writes is full; a retry a little later may succeed. */
  QUEUE_FULL,

  /** The disk has too little free space; appends are accepted again when it has enough. */
  DISK_FULL,

  /**
   * The disk can accept nothing for the moment, for lack of file descriptors for example; appends
   * are accepted again when it can.
   */
  STALLED,

  /** The store has failed or is closing; it accepts appends when it is opened again. */
  STOPPED,

  /** This release cannot read the stored set, so it cannot decide anything on it. */
  UNREADABLE,

  /** An unexpected error inside the node; the node's log has the cause. */
  FAILED;

  static AppendRejection of(TransientDiskException stall) {
    return stall instanceof DiskFullException ? DISK_FULL : STALLED;
  }
}
