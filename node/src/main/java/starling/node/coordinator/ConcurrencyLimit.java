package starling.node.coordinator;

/**
 * Admission control: decides whether the node accepts a client's request, from the queue delay, the
 * time that work waits for its turn on the node's one thread. A queue that drains within {@link
 * #BURST_NANOS} fits the time-outs of its requests: it is a burst, and changes nothing. If work
 * waits longer than a bound for all of that time, the node is overloaded: it admits fewer requests
 * at once while the delay stays above the bound, and more while it does not and requests were
 * rejected. So an overloaded node answers as many as it can in time and rejects the others at once,
 * instead of answering all too late (the idea is CoDel's: a standing queue is bounded, not a short
 * one and not a length; the rule is AIMD on the requests under way).
 *
 * <p>The limit returns to its start with or without requests: after {@link #QUIET_NANOS} without a
 * rejection, without a delay above the bound and with less than half of the limit under way. A
 * process pause of that length does not count as quiet: the node first looks how many requests are
 * under way.
 *
 * <p>Invariants: (1) the limit stays between {@link #least} and {@link #most}; (2) of the requests
 * of other nodes only forwarded writes are subject to it: other nodes have already invested in the
 * other requests; (3) one long pause changes the limit once, however long it was.
 */
public final class ConcurrencyLimit {
  /** The decision. */
  public enum Decision {
    TAKEN,
    /** As many are under way as the node was allowed. */
    FULL,
    /** More at once would only wait. */
    BUSY,
    /** The answer would come after the client's time-out. */
    TOO_LATE
  }

  /** A queue that drains sooner fits the time-outs of its requests: half of the usual time-out. */
  static final long BURST_NANOS = 1_500_000_000;

  /** How long a node remembers an overload. */
  static final long QUIET_NANOS = 1_000_000_000;

  /** The first reduction in an overload comes late, and so may be large. */
  private static final double FIRST_CUT_TO_LEAST = 0.25;

  private static final double CUT_TO_LEAST = 0.7;
  private static final double CUT_TO_MOST = 0.95;
  private static final double GROWTH = 0.05;
  private static final double QUICK_GROWTH = 0.2;
  private static final double MIN_GROWTH = 2;
  private static final int MEASURED_AT_ONCE = 10;

  /** Where work waits long, fewer waits are enough: it must not take seconds to see them. */
  private static final int MIN_MEASURED_AT_ONCE = 3;

  private static final long MEASURED_WITHIN_NANOS = 200_000_000;

  /** One pause, however long, counts for no more than so many times the bound. */
  private static final int MAX_BOUNDS = 8;

  /** The least weight of one answer's time in the average. */
  private static final double WEIGHT = 1.0 / 32;

  private final int least;
  private final int most;
  private final long boundNanos;
  private double limit;
  private long waitedNanos;
  private int measured;
  private long measuredSinceNanos;
  private int peak;
  private int rejected;
  private double answerNanos;
  private long answeredNanos;
  private double lastWaitNanos;
  private long lastMeasuredNanos;

  /** Since when each measured wait was above the bound, if the last was. */
  private long queuedSinceNanos;

  private boolean queued;
  private boolean overloaded;

  /** When a request was rejected, work had waited too long, or the limit was reset. */
  private long busyNanos;

  /**
   * @param least the lowest limit, however busy the node is
   * @param most the highest limit, however idle it is
   * @param boundNanos how long work may wait for its turn on average
   * @param nowNanos the time, as in all methods
   */
  public ConcurrencyLimit(int least, int most, long boundNanos, long nowNanos) {
    this.least = Math.min(least, most);
    this.most = most;
    this.boundNanos = boundNanos;
    this.limit = most;
    this.busyNanos = nowNanos;
    this.answeredNanos = nowNanos;
    this.lastMeasuredNanos = nowNanos;
  }

  /** Decides on a request before anything of it is known. */
  public Decision judge(int underWay, long nowNanos) {
    look(underWay, nowNanos);
    peak = Math.max(peak, underWay);
    if (underWay >= most) {
      rejected++;
      busyNanos = nowNanos;
      return Decision.FULL;
    }
    if (underWay >= (int) limit) {
      rejected++;
      busyNanos = nowNanos;
      return Decision.BUSY;
    }
    return Decision.TAKEN;
  }

  /** Decides again when the client's time-out is known. */
  public Decision judgeTime(int underWay, long remainingNanos, long nowNanos) {
    // A few are always admitted: only they can show that answers have become quicker.
    return underWay >= least
            && remainingNanos < answerNanos
            && nowNanos - answeredNanos <= QUIET_NANOS
        ? Decision.TOO_LATE
        : Decision.TAKEN;
  }

  /**
   * Some work has waited so long for its turn. Every few times the limit adapts.
   *
   * @param underWay requests under way, all of which waited too
   */
  public void onWait(long waitNanos, int underWay, long nowNanos) {
    look(underWay, nowNanos);
    if (waitNanos > boundNanos) {
      busyNanos = nowNanos;
    }
    if (stale(nowNanos)) {
      beginMeasuring();
      queued = false;
      lastWaitNanos = 0;
    }
    peak = Math.max(peak, underWay);
    lastMeasuredNanos = nowNanos;
    if (measured == 0) {
      measuredSinceNanos = nowNanos;
    }
    waitedNanos += Math.min(waitNanos, MAX_BOUNDS * boundNanos);
    measured++;
    if (measured == MEASURED_AT_ONCE
        || (measured >= MIN_MEASURED_AT_ONCE
            && nowNanos - measuredSinceNanos >= MEASURED_WITHIN_NANOS)) {
      adapt(nowNanos);
    }
  }

  /** No request is under way: the queue has drained. */
  public void onDrained() {
    queued = false;
  }

  /**
   * A request was answered, so long after it was admitted.
   *
   * @param underWay requests under way, itself among them
   */
  public void onAnswer(long tookNanos, int underWay, long nowNanos) {
    look(underWay, nowNanos);
    double sinceLast = (double) (nowNanos - answeredNanos) / QUIET_NANOS;
    answerNanos += (tookNanos - answerNanos) * Math.max(WEIGHT, Math.min(1, sinceLast));
    answeredNanos = nowNanos;
  }

  private void adapt(long nowNanos) {
    double wait = (double) waitedNanos / measured;
    lastWaitNanos = wait;
    if (wait > boundNanos) {
      busyNanos = nowNanos;
      if (!queued) {
        queued = true;
        queuedSinceNanos = nowNanos;
      }
      boolean first = !overloaded;
      overloaded |= nowNanos - queuedSinceNanos >= BURST_NANOS;
      if (overloaded) {
        double deepest = first ? FIRST_CUT_TO_LEAST : CUT_TO_LEAST;
        double cut = Math.max(deepest, Math.min(CUT_TO_MOST, boundNanos / wait));
        limit = Math.max(least, Math.min(limit, peak) * cut);
      }
    } else {
      queued = false;
      if (rejected > 0 || 2 * peak >= limit) {
        double growth = 4 * wait < boundNanos ? QUICK_GROWTH : GROWTH;
        limit = Math.min(most, limit + Math.max(MIN_GROWTH, limit * growth));
      }
    }
    beginMeasuring();
  }

  private void beginMeasuring() {
    waitedNanos = 0;
    measured = 0;
    peak = 0;
    rejected = 0;
  }

  private void look(int underWay, long nowNanos) {
    if (2 * underWay >= limit) {
      busyNanos = nowNanos;
    } else {
      forget(nowNanos);
    }
  }

  /** Resets the limit after a quiet time. */
  private void forget(long nowNanos) {
    if (nowNanos - busyNanos <= QUIET_NANOS) {
      return;
    }
    busyNanos = nowNanos;
    overloaded = false;
    limit = most;
  }

  private boolean stale(long nowNanos) {
    return nowNanos - lastMeasuredNanos > QUIET_NANOS;
  }

  /** The present limit of requests at once. */
  public int limit(int underWay, long nowNanos) {
    look(underWay, nowNanos);
    return (int) limit;
  }

  /** How long work waits for its turn on average; 0 where none has lately been under way. */
  public long waitNanos(long nowNanos) {
    return stale(nowNanos) ? 0 : (long) lastWaitNanos;
  }

  /** Whether work waits so long that background work should wait. */
  public boolean strained(long nowNanos) {
    return 2 * waitNanos(nowNanos) > boundNanos;
  }
}
