package starling.node.port;

/**
 * The two clocks of a node. They answer different questions and are never mixed: deadlines and
 * intervals are counted on {@link #nanoTime()}, which only grows and means nothing outside this
 * process; expiry, ages and hybrid counters read {@link #wallMillis()}, which may jump.
 */
public interface Clock {
  /** Nanoseconds from an arbitrary origin; never steps back within one process. */
  long nanoTime();

  /** Milliseconds since 1970-01-01T00:00:00Z by this machine's clock; may jump either way. */
  long wallMillis();
}
