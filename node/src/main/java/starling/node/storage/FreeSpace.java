package starling.node.storage;

/**
 * Whether the disk has enough free space. Appends are rejected before the disk is full, since
 * flushes, compaction and the node's metadata need some space; and accepted again when clearly more
 * than the reserve is free, so that the answer does not change with every file. A value.
 */
final class FreeSpace {
  private final long reserve;
  private final long step;
  private boolean low;
  private boolean stalled;
  private boolean refusedOnce;

  /**
   * @param step bytes that must be free beyond the reserve before appends are accepted again
   */
  FreeSpace(long reserve, long step) {
    this.reserve = reserve;
    this.step = step;
  }

  boolean full() {
    return low || stalled || refusedOnce;
  }

  /** So many bytes are free; returns whether that changed the answer. */
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

  /** The log waits for free space, or no longer; returns whether that changed the answer. */
  boolean stalled(boolean waits) {
    boolean before = full();
    stalled = waits;
    return full() != before;
  }

  /** A background write found the disk full; returns whether that changed the answer. */
  boolean noted() {
    boolean before = full();
    refusedOnce = true;
    return full() != before;
  }
}
