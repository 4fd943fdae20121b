package starling.node.coordinator;

import starling.node.metrics.NodeCounters;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.port.Clock;

/**
 * When a request that waits asks one more node, and whether it may. It waits for as long as all but
 * one of a hundred answers take, between a few milliseconds and the bound that the node was given;
 * and no more is asked beyond need than a share of all requests (Dean and Barroso, The Tail at
 * Scale).
 *
 * <p>Invariants: (1) what is usual moves questions between primaries only; fallbacks are asked, and
 * copies are left with them, when the bound is over, since what they answer weighs less; (2) a
 * request that waits for a node which is silent to everybody may always ask another.
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

  /** A request begins to ask: it hears when the quickest of its primaries would have answered. */
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

  /** A request hears when it has waited for long, whatever is usual. */
  DeadlineWheel.Deadline whenLate(Runnable task) {
    budget.onRequest();
    return againWhenLate(task);
  }

  /** The same request is to hear once more when it has waited for so long again. */
  DeadlineWheel.Deadline againWhenLate(Runnable task) {
    return wheel.set(mostNanos, task);
  }

  /** The same request is to hear again, the first time when it has waited for long. */
  DeadlineWheel.Deadline again(long begunNanos, Runnable task) {
    long left = mostNanos - (clock.nanoTime() - begunNanos);
    return wheel.set(left > 0 ? left : mostNanos, task);
  }

  /** Whether a request that began then has waited for so long that fallbacks are asked. */
  boolean late(long begunNanos) {
    return clock.nanoTime() - begunNanos >= mostNanos;
  }

  void clear(DeadlineWheel.Deadline deadline) {
    wheel.clear(deadline);
  }

  /**
   * Whether one more may be asked; counts either way.
   *
   * @param silent whether one that is waited for has told nothing to anybody for long. Then it is
   *     not load that makes it slow, and the request would fail without another.
   */
  boolean allowed(boolean silent) {
    if (budget.take(clock.nanoTime()) || silent) {
      counters.hedges++;
      return true;
    }
    counters.hedgesWithheld++;
    return false;
  }

  /** There was nobody left to ask. */
  void unused() {
    counters.hedges--;
    budget.giveBack();
  }

  /** An answer that was asked for as a hedge came before the one that was waited for. */
  void won() {
    counters.hedgesWon++;
  }
}
