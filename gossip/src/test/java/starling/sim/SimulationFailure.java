package starling.sim;

/** A run that broke: what, when, after which event, and the seed that shows it again. */
public final class SimulationFailure extends AssertionError {
  private static final long serialVersionUID = 1;

  SimulationFailure(long seed, long nowNanos, long events, String label, Throwable cause) {
    super(
        "seed "
            + seed
            + ", at "
            + nowNanos / 1_000_000
            + " ms, event "
            + events
            + " ("
            + label
            + "): "
            + cause,
        cause);
  }
}
