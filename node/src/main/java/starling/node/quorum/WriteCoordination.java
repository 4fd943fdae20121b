package starling.node.quorum;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts the nodes that have one event, and says which primaries need a fallback. The event was
 * made before; this class decides when enough nodes have it, when that can no longer happen, and
 * the outcome then. Dynamo, section 4.6: a write goes to the first healthy nodes.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A quorum counts positions of the preference list, as {@link Positions} says: distinct
 *       nodes, of which a primary and the fallback that replaces it are one.
 *   <li>A node that did not answer may have taken the event; only a node that declined, or to which
 *       surely nothing was sent, has not.
 *   <li>Fallbacks count like primaries, but never among the primaries.
 * </ol>
 *
 * <p>Nodes are named by their index: primaries first, then fallbacks in the order they were added.
 * Owned by the request's thread; knows no time: the shell calls {@link #onSlow}.
 */
public final class WriteCoordination {
  private enum State {
    PENDING,
    TOOK,
    REFUSED,
    LOST
  }

  /** A primary without a fallback. */
  private static final int NOBODY = -2;

  private static final int NOT_YET = -1;

  private final int primaries;
  private final int w;
  private final int pw;
  private final int[] fallbacks;
  private final Positions positions;
  private boolean[] overdue;
  private State[] states;
  private int size;

  /**
   * @param primaries how many the key has
   * @param w how many positions must have the event
   * @param pw how many of them must be primaries
   */
  public WriteCoordination(int primaries, int w, int pw) {
    this.primaries = primaries;
    this.w = w;
    this.pw = pw;
    this.fallbacks = new int[primaries];
    this.positions = new Positions(primaries);
    Arrays.fill(fallbacks, NOT_YET);
    this.overdue = new boolean[primaries + 1];
    this.states = new State[primaries + 1];
    Arrays.fill(states, State.PENDING);
    this.size = primaries;
  }

  /** One more node is the fallback of a primary; it is the next index. */
  public void addFallback(int primary) {
    addFallback(primary, Positions.of(primary));
  }

  /**
   * One more node is the fallback of a primary, or of any of several if this one needs none.
   *
   * @param mayFill the positions of all of them, as in {@link Positions#add}
   */
  public void addFallback(int primary, int mayFill) {
    positions.add(mayFill);
    fallbacks[primary] = size;
    if (size == states.length) {
      states = Arrays.copyOf(states, 2 * size);
      overdue = Arrays.copyOf(overdue, 2 * size);
    }
    states[size++] = State.PENDING;
  }

  /** No node is left that could be a fallback of this primary. */
  public void noFallbackFor(int primary) {
    fallbacks[primary] = NOBODY;
  }

  /** The node holds the event, with the requested durability. */
  public void onTook(int node) {
    states[node] = State.TOOK;
  }

  /** The node surely has not accepted it and will not. */
  public void onRefused(int node) {
    if (states[node] == State.PENDING) {
      states[node] = State.REFUSED;
    }
  }

  /** The connection broke before an answer came: it may have accepted it, and will not answer. */
  public void onLost(int node) {
    if (states[node] == State.PENDING) {
      states[node] = State.LOST;
    }
  }

  /** Each node that has not answered by now may get a fallback, fallbacks too. */
  public void onSlow() {
    for (int i = 0; i < size; i++) {
      onLate(i);
    }
  }

  /** This node has owed answers for long, and may get a fallback. */
  public void onLate(int node) {
    overdue[node] = states[node] == State.PENDING;
  }

  /** The primaries that did not accept it, in time or at all, and have no fallback yet. */
  public List<Integer> absent() {
    List<Integer> absent = List.of();
    for (int i = 0; i < primaries; i++) {
      if (gone(i) && (fallbacks[i] == NOT_YET || (fallbacks[i] >= 0 && gone(fallbacks[i])))) {
        if (absent.isEmpty()) {
          absent = new ArrayList<>(primaries);
        }
        absent.add(i);
      }
    }
    return absent;
  }

  private boolean gone(int node) {
    return states[node] == State.REFUSED
        || states[node] == State.LOST
        || (states[node] == State.PENDING && overdue[node]);
  }

  public boolean enough() {
    return filled(false) >= w && count(State.TOOK, primaries) >= pw;
  }

  /** Too few are left that could still accept it; fallbacks that were not added are not counted. */
  public boolean hopeless() {
    return filled(true) < w || count(State.TOOK, primaries) + count(State.PENDING, primaries) < pw;
  }

  /** The write waits for nothing more: a node without an answer may have accepted it or not. */
  public void giveUp() {
    for (int i = 0; i < size; i++) {
      onLost(i);
    }
  }

  /** The primaries that have not acknowledged it, nor has a fallback of theirs. */
  public List<Integer> missed() {
    List<Integer> missed = List.of();
    for (int i = 0; i < primaries; i++) {
      boolean kept = fallbacks[i] >= 0 && states[fallbacks[i]] == State.TOOK;
      if (states[i] != State.TOOK && !kept) {
        if (missed.isEmpty()) {
          missed = new ArrayList<>(primaries);
        }
        missed.add(i);
      }
    }
    return missed;
  }

  /** Whether this node has acknowledged the event. */
  public boolean has(int node) {
    return states[node] == State.TOOK;
  }

  /** Whether every node has answered. */
  public boolean settled() {
    return count(State.PENDING, size) == 0;
  }

  /** The nodes that acknowledged it. */
  public List<Integer> took() {
    List<Integer> took = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      if (states[i] == State.TOOK) {
        took.add(i);
      }
    }
    return took;
  }

  private int filled(boolean withPending) {
    positions.clear();
    for (int i = 0; i < size; i++) {
      if (states[i] == State.TOOK || (withPending && states[i] == State.PENDING)) {
        positions.count(i);
      }
    }
    return positions.filled();
  }

  private int count(State state, int among) {
    int count = 0;
    for (int i = 0; i < among; i++) {
      count += states[i] == state ? 1 : 0;
    }
    return count;
  }
}
