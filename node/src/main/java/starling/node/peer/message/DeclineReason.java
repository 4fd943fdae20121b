package starling.node.peer.message;

import starling.node.storage.AppendRejection;

/** Why a request was declined. */
public enum DeclineReason {
  NOT_READY,
  OVERLOADED,
  STORAGE_FAILED,
  NOT_MINE,
  INCOMPLETE,
  HOLDS_DATA,
  TOO_LATE,
  STORAGE_FULL,
  HINTS_FULL,
  /** An error inside the node. */
  FAILED,
  /** It can never be received here: its memory exceeds what may be reserved. */
  TOO_LARGE;

  public static DeclineReason of(AppendRejection why) {
    return switch (why) {
      case QUEUE_FULL -> OVERLOADED;
      case STALLED -> NOT_READY;
      case DISK_FULL -> STORAGE_FULL;
      case STOPPED, UNREADABLE -> STORAGE_FAILED;
      case FAILED -> DeclineReason.FAILED;
    };
  }
}
