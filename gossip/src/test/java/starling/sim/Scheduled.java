package starling.sim;

/** An event that waits for its time in a {@link Simulation}. */
public final class Scheduled implements Comparable<Scheduled> {
  final long atNanos;
  final long sequence;
  final String label;
  final Runnable task;
  private boolean cancelled;

  Scheduled(long atNanos, long sequence, String label, Runnable task) {
    this.atNanos = atNanos;
    this.sequence = sequence;
    this.label = label;
    this.task = task;
  }

  /** Forgets it; does nothing when it has happened. */
  public void cancel() {
    cancelled = true;
  }

  /** What happens. */
  public String label() {
    return label;
  }

  boolean cancelled() {
    return cancelled;
  }

  /** By time; what was scheduled first comes first among equals. */
  @Override
  public int compareTo(Scheduled other) {
    int byTime = Long.compare(atNanos, other.atNanos);
    return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(sequence);
  }
}
