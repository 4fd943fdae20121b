package starling.node.handoff;

/**
 * How fast hints go home to one node: one batch at a time, and a rest after each. Clients feel
 * every batch, and only a read without a context may miss what is still on its way; so there is no
 * haste: each hint has two milliseconds, all of them together three minutes. But a sender rests for
 * at least three times as long as it took to read a batch, bring it and have it fsynced; so
 * homecoming takes no more than a share of the time of sender and receiver whatever they are, and
 * where clients make both slow it slows down with them, late or not. A receiver that says that it
 * is busy with its clients is left alone for a moment; one that fails for longer each time.
 */
public final class HandoffThrottle {
  private static final long EACH_NANOS = 2_000_000;
  private static final long ALL_NANOS = 180_000_000_000L;

  /** With four senders to one receiver about a batch is on its way at any time. */
  private static final long MIN_RESTS = 3;

  private static final long MIN_PAUSE_NANOS = 100_000_000;
  private static final long MAX_PAUSE_NANOS = 5_000_000_000L;
  private static final long MIN_BUSY_NANOS = 25_000_000;
  private static final long MAX_BUSY_NANOS = 100_000_000;

  private final long dueNanos;
  private long nextPauseNanos = MIN_PAUSE_NANOS;
  private long nextBusyNanos = MIN_BUSY_NANOS;

  /**
   * @param nowNanos when the first hint sets out
   */
  public HandoffThrottle(long nowNanos) {
    dueNanos = nowNanos + ALL_NANOS;
  }

  /**
   * A batch was taken as a whole.
   *
   * @param tookNanos since it was begun to be read
   * @param hints in the batch
   * @param left hints that are still kept; those for others among them only make it earlier
   * @param nowNanos the time
   * @return for how long nothing is to be sent
   */
  public long onTaken(long tookNanos, long hints, long left, long nowNanos) {
    nextPauseNanos = MIN_PAUSE_NANOS;
    nextBusyNanos = MIN_BUSY_NANOS;
    long each = Math.min(EACH_NANOS, (dueNanos - nowNanos) / Math.max(1, left));
    long rest = Math.max(MIN_RESTS * tookNanos, hints * each - tookNanos);
    return Math.min(MAX_PAUSE_NANOS, rest);
  }

  /**
   * The receiver has no time for it now. Returns for how long nothing is to be sent: not so long
   * that it would run out of hints to take, should it take few.
   */
  public long onBusy() {
    long pause = nextBusyNanos;
    nextBusyNanos = Math.min(MAX_BUSY_NANOS, 2 * pause);
    return pause;
  }

  /** A batch was not taken, or not all of it. Returns for how long nothing is to be sent. */
  public long onFailed() {
    long pause = nextPauseNanos;
    nextPauseNanos = Math.min(MAX_PAUSE_NANOS, 2 * pause);
    return pause;
  }
}
