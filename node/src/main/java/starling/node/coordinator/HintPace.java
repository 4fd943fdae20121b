package starling.node.coordinator;

/**
 * How fast hints go home to one node: one batch at a time, and after each a rest, such that all are
 * home a few minutes after they set out. Clients feel each batch, and nobody waits for the last
 * one, so there is no haste. The rest is in proportion to what it took to read a batch, bring it
 * and have it fsynced, between the same again and a dozen times that: so homecoming takes a share
 * of the time of sender and receiver whatever they are, little hints do not dawdle, and where
 * clients make both slow it slows down with them, late or not. A receiver that says that it is busy
 * with its clients is left alone for a moment, always the same; one that fails for longer each
 * time.
 */
public final class HintPace {
  private static final long HOME_NANOS = 180_000_000_000L;
  private static final long LEAST_RESTS = 1;
  private static final long MOST_RESTS = 12;
  private static final long MOST_REST_NANOS = 1_000_000_000;
  private static final long BUSY_PAUSE_NANOS = 25_000_000;
  private static final long LEAST_PAUSE_NANOS = 100_000_000;
  private static final long MOST_PAUSE_NANOS = 5_000_000_000L;

  private final long dueNanos;
  private long nextPauseNanos = LEAST_PAUSE_NANOS;

  public HintPace(long nowNanos) {
    dueNanos = nowNanos + HOME_NANOS;
  }

  /**
   * A batch was taken as a whole.
   *
   * @param tookNanos since it was begun to be read
   * @param hints in the batch
   * @param left hints that are still kept, some of them perhaps for others
   * @return for how long nothing is to be sent
   */
  public long onTaken(long tookNanos, long hints, long left, long nowNanos) {
    nextPauseNanos = LEAST_PAUSE_NANOS;
    long even = (dueNanos - nowNanos) / Math.max(1, left) * hints - tookNanos;
    long rest = Math.max(LEAST_RESTS * tookNanos, Math.min(MOST_RESTS * tookNanos, even));
    return Math.min(MOST_REST_NANOS, rest);
  }

  /** The receiver has no time for it now. Returns for how long nothing is to be sent. */
  public long onBusy() {
    return BUSY_PAUSE_NANOS;
  }

  /** A batch was not taken, or not all of it. Returns for how long nothing is to be sent. */
  public long onFailed() {
    long pause = nextPauseNanos;
    nextPauseNanos = Math.min(MOST_PAUSE_NANOS, 2 * pause);
    return pause;
  }
}
