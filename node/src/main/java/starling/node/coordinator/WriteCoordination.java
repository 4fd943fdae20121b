package starling.node.coordinator;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts who has taken one event. The event was made before; this only decides when enough replicas
 * have it, when that can no longer happen, and what may be said then.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A replica counts once: distinct nodes make a quorum, not messages.
 *   <li>A replica that did not answer may have taken the event; only one that refused in words, or
 *       to which surely nothing was sent, has not.
 * </ol>
 *
 * <p>Replicas are named by their index: primaries first, then fallbacks. Owned by the request's
 * thread.
 */
public final class WriteCoordination {
  private enum State {
    PENDING,
    TOOK,
    REFUSED,
    LOST
  }

  private final State[] states;
  private final int primaries;
  private final int w;
  private final int pw;

  /**
   * @param replicas how many are sent the event
   * @param primaries how many of them, the first, are primaries
   */
  public WriteCoordination(int replicas, int primaries, int w, int pw) {
    this.states = new State[replicas];
    java.util.Arrays.fill(states, State.PENDING);
    this.primaries = primaries;
    this.w = w;
    this.pw = pw;
  }

  /** The replica holds the event, as durable as was asked. */
  public void onTook(int replica) {
    states[replica] = State.TOOK;
  }

  /** The replica surely has not taken it and will not. */
  public void onRefused(int replica) {
    if (states[replica] == State.PENDING) {
      states[replica] = State.REFUSED;
    }
  }

  /** The connection broke before an answer came: it may have taken it, and will not say. */
  public void onLost(int replica) {
    if (states[replica] == State.PENDING) {
      states[replica] = State.LOST;
    }
  }

  public boolean enough() {
    return count(State.TOOK, states.length) >= w && count(State.TOOK, primaries) >= pw;
  }

  /** Too few are left that could still take it. */
  public boolean hopeless() {
    return count(State.TOOK, states.length) + count(State.PENDING, states.length) < w
        || count(State.TOOK, primaries) + count(State.PENDING, primaries) < pw;
  }

  /** Whether nobody can have taken it. */
  public boolean surelyNowhere() {
    return count(State.REFUSED, states.length) == states.length;
  }

  /** Whether every replica has answered. */
  public boolean settled() {
    return count(State.PENDING, states.length) == 0;
  }

  /** The replicas that took it. */
  public List<Integer> took() {
    List<Integer> took = new ArrayList<>();
    for (int i = 0; i < states.length; i++) {
      if (states[i] == State.TOOK) {
        took.add(i);
      }
    }
    return took;
  }

  private int count(State state, int among) {
    int count = 0;
    for (int i = 0; i < among; i++) {
      count += states[i] == state ? 1 : 0;
    }
    return count;
  }
}
