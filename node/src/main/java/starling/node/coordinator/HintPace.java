package starling.node.coordinator;

/**
 * How fast hints go home to one node: how many batches may be under way to it, and for how long
 * none is sent after it would not have one. The receiver sets the rate (AIMD): the window grows by
 * one with each batch it takes quickly and halves when it is slow. A receiver that says that it is
 * busy with its clients is left alone for a moment, always the same; one that fails for longer each
 * time.
 */
public final class HintPace {
  private static final double MOST_WINDOW = 8;
  private static final long QUICK_NANOS = 25_000_000;
  private static final long SLOW_NANOS = 100_000_000;
  private static final long BUSY_PAUSE_NANOS = 25_000_000;
  private static final long LEAST_PAUSE_NANOS = 100_000_000;
  private static final long MOST_PAUSE_NANOS = 5_000_000_000L;

  private double window = 1;
  private long nextPauseNanos = LEAST_PAUSE_NANOS;

  /** How many batches may be under way. */
  public int window() {
    return (int) window;
  }

  /** A batch was taken, as a whole, in so much time. */
  public void onTaken(long nanos) {
    if (nanos > SLOW_NANOS) {
      halve();
    } else if (nanos < QUICK_NANOS) {
      window = Math.min(MOST_WINDOW, window + 1);
      nextPauseNanos = LEAST_PAUSE_NANOS;
    }
  }

  /** The receiver has no time for it now. Returns for how long nothing is to be sent. */
  public long onBusy() {
    halve();
    return BUSY_PAUSE_NANOS;
  }

  /** A batch was not taken, or not all of it. Returns for how long nothing is to be sent. */
  public long onFailed() {
    halve();
    long pause = nextPauseNanos;
    nextPauseNanos = Math.min(MOST_PAUSE_NANOS, 2 * pause);
    return pause;
  }

  private void halve() {
    window = Math.max(1, window / 2);
  }
}
