package starling.node.handoff;

/**
 * Decides whether a node accepts a delivered batch of hints. Client requests come first: while the
 * node is strained, it accepts batches at a low steady rate only, so that it catches up after a
 * long outage even under full load, and declines the others as busy.
 */
public final class HandoffAdmission {
  private final long strainedIntervalNanos;
  private boolean tookOne;
  private long tookNanos;

  /**
   * @param strainedIntervalNanos time from one batch to the next while the node is strained
   */
  public HandoffAdmission(long strainedIntervalNanos) {
    this.strainedIntervalNanos = strainedIntervalNanos;
  }

  /** Whether to accept a batch that has come now. */
  public boolean takes(boolean strained, long nowNanos) {
    if (strained && tookOne && nowNanos - tookNanos < strainedIntervalNanos) {
      return false;
    }
    tookOne = true;
    tookNanos = nowNanos;
    return true;
  }
}
