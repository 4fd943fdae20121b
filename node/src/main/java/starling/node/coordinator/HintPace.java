package starling.node.coordinator;

/**
 * How fast hints go home to one node: one batch at a time, and after each a rest in proportion to
 * what it took to read it, bring it and have it fsynced. So homecoming takes a fixed share of the
 * time of sender and receiver whatever they are: quick where both are idle, slow by itself where
 * clients make them slow. A receiver that says that it is busy with its clients is left alone for a
 * moment, always the same; one that fails for longer each time.
 */
public final class HintPace {
  /** With four senders to one receiver about a batch is on its way at any time. */
  private static final long RESTS = 3;

  private static final long MOST_REST_NANOS = 1_000_000_000;
  private static final long BUSY_PAUSE_NANOS = 25_000_000;
  private static final long LEAST_PAUSE_NANOS = 100_000_000;
  private static final long MOST_PAUSE_NANOS = 5_000_000_000L;

  private long nextPauseNanos = LEAST_PAUSE_NANOS;

  /**
   * A batch was taken as a whole.
   *
   * @param nanos since it was begun to be read
   * @return for how long nothing is to be sent
   */
  public long onTaken(long nanos) {
    nextPauseNanos = LEAST_PAUSE_NANOS;
    return Math.min(MOST_REST_NANOS, RESTS * nanos);
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
