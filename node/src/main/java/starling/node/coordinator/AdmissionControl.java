package starling.node.coordinator;

import java.util.function.BooleanSupplier;
import starling.node.config.NodeLimits;
import starling.node.port.Clock;
import starling.node.port.Timers;

/**
 * Where requests of clients are taken on, those that a client brought to this node and those that
 * another node handed on alike: both cost the same here. Counts them, and measures while there are
 * any how long work waits for its turn on the node's thread.
 *
 * <p>Every request that has begun must end, once. Owned by the thread of the node's state.
 */
public final class AdmissionControl {
  /** Requests let in at once however busy the node is. */
  private static final int MIN_REQUESTS = 64;

  /** How often it is measured how long work waits for its turn, while there is any. */
  private static final long WAIT_PROBE_NANOS = 10_000_000;

  /** What a timer may be late by on an idle machine. */
  private static final long TIMER_SLACK_NANOS = 1_500_000;

  private final Clock clock;
  private final Timers timers;
  private final BooleanSupplier stopped;
  private final ConcurrencyLimit admission;
  private int underWay;
  private boolean probing;

  public AdmissionControl(NodeLimits limits, Clock clock, Timers timers, BooleanSupplier stopped) {
    this.clock = clock;
    this.timers = timers;
    this.stopped = stopped;
    this.admission =
        new ConcurrencyLimit(
            MIN_REQUESTS,
            limits.requestsInFlight(),
            limits.waitMillis() * 1_000_000L,
            clock.nanoTime());
  }

  /** Judges a request of which nothing is known yet. */
  public ConcurrencyLimit.Decision judge() {
    return admission.judge(underWay, clock.nanoTime());
  }

  /** Judges a request that waits so long at most. */
  public ConcurrencyLimit.Decision judge(int remainingMillis) {
    long now = clock.nanoTime();
    ConcurrencyLimit.Decision verdict = admission.judge(underWay, now);
    return verdict == ConcurrencyLimit.Decision.TAKEN
        ? admission.judgeTime(underWay, remainingMillis * 1_000_000L, now)
        : verdict;
  }

  /** A request was taken on. */
  public void begun() {
    underWay++;
    probeWait();
  }

  /** It was answered, or is given up. */
  public void ended(long begunNanos) {
    long now = clock.nanoTime();
    admission.onAnswer(now - begunNanos, underWay, now);
    if (--underWay == 0) {
      admission.onDrained();
    }
  }

  private void probeWait() {
    if (!probing && !stopped.getAsBoolean()) {
      probing = true;
      long due = clock.nanoTime() + WAIT_PROBE_NANOS;
      var unused =
          timers.after(
              WAIT_PROBE_NANOS,
              () -> {
                probing = false;
                long now = clock.nanoTime();
                admission.onWait(Math.max(0, now - due - TIMER_SLACK_NANOS), underWay, now);
                if (underWay > 0) {
                  probeWait();
                } else {
                  admission.onDrained();
                }
              });
    }
  }

  /** Whether work waits so long that what can wait should. */
  public boolean strained() {
    return admission.strained(clock.nanoTime());
  }

  /** Requests that are not answered yet. */
  public int underWay() {
    return underWay;
  }

  /** Requests that are let in at once at present. */
  public int limit() {
    return admission.limit(underWay, clock.nanoTime());
  }

  /** How long work waits for its turn; 0 where none has lately been under way. */
  public long waitMillis() {
    return admission.waitNanos(clock.nanoTime()) / 1_000_000;
  }
}
