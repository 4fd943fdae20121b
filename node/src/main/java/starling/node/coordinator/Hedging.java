package starling.node.coordinator;

import starling.node.metrics.NodeCounters;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.port.Clock;

/**
 * When a waiting request sends a hedged request to one more node, and whether it may. It waits for
 * the 99th percentile of answers, between a few milliseconds and the configured bound; and hedged
 * requests are at most a share of all requests (Dean and Barroso, The Tail at Scale).
 *
 * <p>Invariants: (1) the usual latency triggers hedges between primaries only; fallbacks get reads
 * and hints after the bound, because their answers promise less; (2) a request that waits for a
 * node which is silent to all may always ask another.
 *
 * <p>Owned by the thread of the node's state.
 */
public final class Hedging {
  private static final double SHARE = 0.05;
  private static final double SAVED = 64;
  private static final double PER_SECOND = 4;

  private final PeerClient peers;
  private final DeadlineWheel wheel;
  private final Clock clock;
  private final NodeCounters counters;
  private final long mostNanos;
  private final HedgeBudget budget;

  /**
   * @param wheel one of fine ticks, since a hedge is a matter of milliseconds
   * @param mostNanos the longest a request waits before it asks one more
   */
  public Hedging(
      PeerClient peers, DeadlineWheel wheel, Clock clock, NodeCounters counters, long mostNanos) {
    this.peers = peers;
    this.wheel = wheel;
    this.clock = clock;
    this.counters = counters;
    this.mostNanos = mostNanos;
    this.budget = new HedgeBudget(SHARE, SAVED, PER_SECOND, clock.nanoTime());
  }

  /** A request begins: its callback runs when the quickest of its primaries would have answered. */
  DeadlineWheel.Deadline whenSlowToAnswer(ActivePreferenceList route, Runnable task) {
    budget.onRequest();
    long soonest = mostNanos;
    for (int i = 0; i < route.primaries(); i++) {
      if (!route.self(i)) {
        long usual = peers.highAnswerNanos(route.node(i));
        soonest = usual > 0 ? Math.min(soonest, usual) : soonest;
      }
    }
    return wheel.set(Math.max(Math.min(PeerClient.MIN_HEDGE_NANOS, mostNanos), soonest), task);
  }

  /** The callback of a request runs when it has waited for the bound, whatever is usual. */
  DeadlineWheel.Deadline whenLate(Runnable task) {
    budget.onRequest();
    return againWhenLate(task);
  }

  /** The callback of the same request runs once more when it has waited for so long again. */
  DeadlineWheel.Deadline againWhenLate(Runnable task) {
    return wheel.set(mostNanos, task);
  }

  /**
   * The callback of the same request runs again, the first time when it has waited for the bound.
   */
  DeadlineWheel.Deadline again(long begunNanos, Runnable task) {
    long left = mostNanos - (clock.nanoTime() - begunNanos);
    return wheel.set(left > 0 ? left : mostNanos, task);
  }

  /** Whether a request that began then has waited for the bound, so that fallbacks are asked. */
  boolean late(long begunNanos) {
    return clock.nanoTime() - begunNanos >= mostNanos;
  }

  void clear(DeadlineWheel.Deadline deadline) {
    wheel.clear(deadline);
  }

  /**
   * Whether one more may be asked; counts either way.
   *
   * @param silent whether an awaited node has been silent to all for long. Then load is not the
   *     reason, and the request would fail without another node.
   */
  boolean allowed(boolean silent) {
    if (budget.take(clock.nanoTime()) || silent) {
      counters.hedges++;
      return true;
    }
    counters.hedgesWithheld++;
    return false;
  }

  /** No node was left to ask. */
  void unused() {
    counters.hedges--;
    budget.giveBack();
  }

  /** The answer of a hedged request came before the awaited one. */
  void won() {
    counters.hedgesWon++;
  }
}
