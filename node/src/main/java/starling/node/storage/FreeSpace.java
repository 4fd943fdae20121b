package starling.node.storage;

/**
 * Whether the disk has room to spare. Appends are refused before the last byte is gone, since
 * flushes, compaction and the node's own metadata need some to go on; and taken again when there is
 * clearly more than the reserve, so that it does not change with every file. A value.
 */
final class FreeSpace {
  private final long reserve;
  private final long step;
  private boolean low;
  private boolean stalled;
  private boolean refusedOnce;

  /**
   * @param step so much must be free beyond what was too little before work goes on
   */
  FreeSpace(long reserve, long step) {
    this.reserve = reserve;
    this.step = step;
  }

  boolean full() {
    return low || stalled || refusedOnce;
  }

  /** So much is free; whether that changed the answer. */
  boolean seen(long usable) {
    boolean before = full();
    if (usable < reserve) {
      low = true;
    } else if (usable >= reserve + Math.max(step, reserve / 4)) {
      low = false;
      refusedOnce = false;
    }
    return full() != before;
  }

  /** The log waits for room, or no longer; whether that changed the answer. */
  boolean stalled(boolean waits) {
    boolean before = full();
    stalled = waits;
    return full() != before;
  }

  /** Something in the background found no room; whether that changed the answer. */
  boolean noted() {
    boolean before = full();
    refusedOnce = true;
    return full() != before;
  }
}
