package starling.sim;

/**
 * Barks when nothing useful has happened for too long in virtual time: a run that hangs must not
 * look like one that passes.
 */
public final class Watchdog implements Invariant {
  private final Simulation simulation;
  private final long patienceNanos;
  private long progressAtNanos;

  public Watchdog(Simulation simulation, long patienceMillis) {
    this.simulation = simulation;
    this.patienceNanos = patienceMillis * 1_000_000;
    this.progressAtNanos = simulation.nanoTime();
  }

  /** Something useful happened. */
  public void progress() {
    progressAtNanos = simulation.nanoTime();
  }

  @Override
  public void check() {
    long quiet = simulation.nanoTime() - progressAtNanos;
    if (quiet > patienceNanos) {
      throw new AssertionError("no progress for " + quiet / 1_000_000 + " ms");
    }
  }
}
