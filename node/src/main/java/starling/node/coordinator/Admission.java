package starling.node.coordinator;

/**
 * Decides at the node's door whether a client's request is taken on. What is measured is how long
 * work waits for its turn on the node's one thread. While that stays above a bound, fewer requests
 * are let in at once; while it does not and requests had to be refused, more. So an overloaded node
 * answers as many as it can in good time and tells the others at once, instead of answering all too
 * late (the idea is CoDel's, of a bound on waiting time and not on length; the rule is AIMD on the
 * requests under way).
 *
 * <p>Invariants: (1) {@link #least} to {@link #most} requests are let in at once, whatever was
 * measured; (2) of what other nodes ask only whole writes that they hand on are judged here: in the
 * other questions others have invested; (3) one long pause changes the limit once, however long it
 * was.
 */
public final class Admission {
  /** How it is decided. */
  public enum Verdict {
    TAKEN,
    /** As many are under way as the node was allowed. */
    FULL,
    /** More at once would only wait. */
    BUSY,
    /** It would be answered when nobody waits for it any more. */
    TOO_LATE
  }

  private static final double CUT_TO_LEAST = 0.7;
  private static final double CUT_TO_MOST = 0.95;
  private static final double GROWTH = 0.05;
  private static final double QUICK_GROWTH = 0.2;
  private static final double LEAST_GROWTH = 2;
  private static final int MEASURED_AT_ONCE = 10;

  /** One pause, however long, counts for no more than so many times the bound. */
  private static final int MOST_BOUNDS = 8;

  /** How much one answer's time weighs in what answering takes now. */
  private static final double WEIGHT = 1.0 / 32;

  private final int least;
  private final int most;
  private final long boundNanos;
  private double limit;
  private long waitedNanos;
  private int measured;
  private int peak;
  private int turnedAway;
  private double answerNanos;
  private double lastWaitNanos;

  /**
   * @param least requests let in at once, however busy the node is
   * @param most requests let in at once, however idle it is
   * @param boundNanos how long work may wait for its turn on average
   */
  public Admission(int least, int most, long boundNanos) {
    this.least = Math.min(least, most);
    this.most = most;
    this.boundNanos = boundNanos;
    this.limit = most;
  }

  /** Judges a request of which nothing is known yet. */
  public Verdict judge(int underWay) {
    peak = Math.max(peak, underWay);
    if (underWay >= most) {
      turnedAway++;
      return Verdict.FULL;
    }
    if (underWay >= (int) limit) {
      turnedAway++;
      return Verdict.BUSY;
    }
    return Verdict.TAKEN;
  }

  /** Judges it again when it is known how long its client waits. */
  public Verdict judge(int underWay, long remainingNanos) {
    // A few are always taken on: only they can tell that answering has become quicker.
    return underWay >= least && remainingNanos < answerNanos ? Verdict.TOO_LATE : Verdict.TAKEN;
  }

  /** Some work has waited so long for its turn. Every tenth time the limit adapts. */
  public void onWait(long nanos) {
    waitedNanos += Math.min(nanos, MOST_BOUNDS * boundNanos);
    if (++measured == MEASURED_AT_ONCE) {
      adapt();
    }
  }

  /** A request was answered, so long after it was taken on. */
  public void onAnswer(long nanos) {
    answerNanos += (nanos - answerNanos) * WEIGHT;
  }

  private void adapt() {
    double wait = (double) waitedNanos / measured;
    lastWaitNanos = wait;
    if (wait > boundNanos) {
      double cut = Math.max(CUT_TO_LEAST, Math.min(CUT_TO_MOST, boundNanos / wait));
      limit = Math.max(least, Math.min(limit, peak) * cut);
    } else if (turnedAway > 0) {
      double growth = 4 * wait < boundNanos ? QUICK_GROWTH : GROWTH;
      limit = Math.min(most, limit + Math.max(LEAST_GROWTH, limit * growth));
    }
    waitedNanos = 0;
    measured = 0;
    peak = 0;
    turnedAway = 0;
  }

  /** How many requests are let in at once at present. */
  public int limit() {
    return (int) limit;
  }

  /** How long work waited for its turn on average, when that was last looked at. */
  public long waitNanos() {
    return (long) lastWaitNanos;
  }

  /** Whether work waits so long that what can wait should. */
  public boolean strained() {
    return 2 * lastWaitNanos > boundNanos;
  }
}
