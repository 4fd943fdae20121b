package starling.node.peer;

/**
 * The recent answer times of one node: counts of answers by their time, four steps to a doubling,
 * halved as they age so that old answers weigh nothing. Adding one allocates nothing; the quantile
 * is computed again every few answers. An average of the last few answers shows at once that a node
 * has become slow.
 *
 * <p>Invariants: (1) too few answers say nothing, {@link #known()} is false; (2) the quantile is at
 * least the true one of what was counted and at most a quarter above it; (3) time is an argument.
 */
public final class AnswerTimes {
  private static final int MIN_POWER = 14;
  private static final int STEPS = 4;
  private static final int BUCKETS = 20 * STEPS;
  private static final int MAX_COUNTED = 2_048;
  private static final int MIN_COUNTED = 16;
  private static final int WORKED_OUT_EVERY = 16;
  private static final long HALF_LIFE_NANOS = 10_000_000_000L;
  private static final double WEIGHT = 1.0 / 8;
  private static final long FORGIVEN_BY_HALF_NANOS = 1_000_000_000;
  private static final long FORGIVEN_NANOS = 30 * FORGIVEN_BY_HALF_NANOS;

  private final int[] counts = new int[BUCKETS];
  private int total;
  private int sinceWorkedOut;
  private long halvedNanos;
  private long high;
  private double lately;
  private long addedNanos;

  public AnswerTimes(long nowNanos) {
    this.halvedNanos = nowNanos;
  }

  /** Counts one answer that took so long. */
  public void add(long tookNanos, long nowNanos) {
    age(nowNanos);
    double before = lately(nowNanos);
    lately = before == 0 ? tookNanos : before + (tookNanos - before) * WEIGHT;
    addedNanos = nowNanos;
    counts[bucket(tookNanos)]++;
    total++;
    if (total >= MAX_COUNTED) {
      halve();
    }
    if (++sinceWorkedOut >= WORKED_OUT_EVERY) {
      workOut();
    }
  }

  /** Ages the counts; to be called now and then while no answers come. */
  public void age(long nowNanos) {
    while (nowNanos - halvedNanos >= HALF_LIFE_NANOS) {
      halvedNanos = total == 0 ? nowNanos : halvedNanos + HALF_LIFE_NANOS;
      halve();
      workOut();
    }
  }

  /** Whether enough answers were seen to say anything. */
  public boolean known() {
    return high > 0;
  }

  /**
   * The recent answer time, in nanoseconds: a moving average over some eight answers, halved with
   * each second in which none came, so that a slow node is tried again; 0 if not known.
   */
  public long lately(long nowNanos) {
    long since = nowNanos - addedNanos;
    return since > FORGIVEN_NANOS
        ? 0
        : (long) lately >> (Math.max(0, since) / FORGIVEN_BY_HALF_NANOS);
  }

  /** The 99th percentile of answer times, in nanoseconds; 0 if not known. */
  public long high() {
    return high;
  }

  private void halve() {
    total = 0;
    for (int i = 0; i < BUCKETS; i++) {
      counts[i] /= 2;
      total += counts[i];
    }
  }

  private void workOut() {
    sinceWorkedOut = 0;
    boolean enough = total >= MIN_COUNTED;
    high = enough ? quantile(total - total / 100) : 0;
  }

  private long quantile(int rank) {
    int seen = 0;
    int bucket = -1;
    while (seen < rank) {
      seen += counts[++bucket];
    }
    int power = MIN_POWER + bucket / STEPS;
    return (long) (STEPS + bucket % STEPS + 1) << (power - 2);
  }

  private static int bucket(long nanos) {
    int power = 63 - Long.numberOfLeadingZeros(Math.max(1, nanos));
    if (power < MIN_POWER) {
      return 0;
    }
    int step = (int) (nanos >>> (power - 2)) & (STEPS - 1);
    return Math.min(BUCKETS - 1, (power - MIN_POWER) * STEPS + step);
  }
}
