package starling.node.handoff;

/**
 * Whether a node takes a batch of hints that is brought to it. Foreground work comes first: while
 * it is strained, batches are taken at a low steady rate only, so that a long outage is caught up
 * with even under full load, and the senders are told that the node is busy.
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

  /** Whether a batch that has come now is taken. */
  public boolean takes(boolean strained, long nowNanos) {
    if (strained && tookOne && nowNanos - tookNanos < strainedIntervalNanos) {
      return false;
    }
    tookOne = true;
    tookNanos = nowNanos;
    return true;
  }
}
