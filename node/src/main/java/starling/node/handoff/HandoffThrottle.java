package starling.node.handoff;

/**
 * The rate of hint delivery to one node: one batch at a time, and a pause after each. Clients feel
 * every batch, and only a read without a context may miss an undelivered hint; so delivery may be
 * slow: two milliseconds for each hint, three minutes for all. But a sender pauses for at least
 * three times as long as it took to read a batch, send it and have it fsynced; so delivery takes
 * only a share of the time of sender and receiver, and slows down with them under load. After a
 * decline of a busy receiver the sender waits a moment; after failures it waits longer each time.
 */
public final class HandoffThrottle {
  private static final long EACH_NANOS = 2_000_000;
  private static final long ALL_NANOS = 180_000_000_000L;

  /** With four senders to one receiver about one batch is on its way at any time. */
  private static final long MIN_RESTS = 3;

  private static final long MIN_PAUSE_NANOS = 100_000_000;
  private static final long MAX_PAUSE_NANOS = 5_000_000_000L;
  private static final long MIN_BUSY_NANOS = 25_000_000;
  private static final long MAX_BUSY_NANOS = 100_000_000;

  private final long dueNanos;
  private long nextPauseNanos = MIN_PAUSE_NANOS;
  private long nextBusyNanos = MIN_BUSY_NANOS;

  /**
   * @param nowNanos the start of the delivery
   */
  public HandoffThrottle(long nowNanos) {
    dueNanos = nowNanos + ALL_NANOS;
  }

  /**
   * A batch was accepted as a whole.
   *
   * @param tookNanos since the start of its reads
   * @param hints in the batch
   * @param left hints that are left; those for others among them only shorten the pause
   * @param nowNanos the time
   * @return how long to pause
   */
  public long onTaken(long tookNanos, long hints, long left, long nowNanos) {
    nextPauseNanos = MIN_PAUSE_NANOS;
    nextBusyNanos = MIN_BUSY_NANOS;
    long each = Math.min(EACH_NANOS, (dueNanos - nowNanos) / Math.max(1, left));
    long rest = Math.max(MIN_RESTS * tookNanos, hints * each - tookNanos);
    return Math.min(MAX_PAUSE_NANOS, rest);
  }

  /**
   * The receiver is busy. Returns how long to pause: short enough that a receiver which accepts few
   * batches always has one to accept.
   */
  public long onBusy() {
    long pause = nextBusyNanos;
    nextBusyNanos = Math.min(MAX_BUSY_NANOS, 2 * pause);
    return pause;
  }

  /** A batch was not accepted, or not all of it. Returns how long to pause. */
  public long onFailed() {
    long pause = nextPauseNanos;
    nextPauseNanos = Math.min(MAX_PAUSE_NANOS, 2 * pause);
    return pause;
  }
}
