package starling.node.coordinator;

import java.util.function.BooleanSupplier;
import starling.node.config.NodeLimits;
import starling.node.port.Clock;
import starling.node.port.Timers;

/**
 * The admission of client requests, those of this node's own clients and those that another node
 * forwarded: both cost the same here. Counts them, and measures while there are any how long work
 * waits for its turn on the node's thread.
 *
 * <p>Every request that has begun must end, once. Owned by the thread of the node's state.
 */
public final class AdmissionControl {
  /** Requests admitted at once however busy the node is. */
  private static final int MIN_REQUESTS = 64;

  /** The interval of measurements of the queue delay, while there are requests. */
  private static final long WAIT_PROBE_NANOS = 10_000_000;

  /** How late a timer may be on an idle machine. */
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

  /** Decides on a request before anything of it is known. */
  public ConcurrencyLimit.Decision judge() {
    return admission.judge(underWay, clock.nanoTime());
  }

  /** Decides on a request with this time-out. */
  public ConcurrencyLimit.Decision judge(int remainingMillis) {
    long now = clock.nanoTime();
    ConcurrencyLimit.Decision verdict = admission.judge(underWay, now);
    return verdict == ConcurrencyLimit.Decision.TAKEN
        ? admission.judgeTime(underWay, remainingMillis * 1_000_000L, now)
        : verdict;
  }

  /** A request was admitted. */
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

  /** Whether work waits so long that background work should wait. */
  public boolean strained() {
    return admission.strained(clock.nanoTime());
  }

  /** Requests that are not answered yet. */
  public int underWay() {
    return underWay;
  }

  /** Requests that are admitted at once at present. */
  public int limit() {
    return admission.limit(underWay, clock.nanoTime());
  }

  /** How long work waits for its turn; 0 where none has lately been under way. */
  public long waitMillis() {
    return admission.waitNanos(clock.nanoTime()) / 1_000_000;
  }
}
