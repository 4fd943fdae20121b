package starling.node.quorum;

import java.util.BitSet;
import starling.node.version.Past;

/**
 * Collects the pasts of a quorum before a blind write makes its event: the event's past is the join
 * of the answers, fixed before its dot exists. The query costs a round; writing at once and
 * repairing afterwards would save it most of the time, and leaves false siblings when clocks
 * disagree.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A quorum counts positions of the preference list, as {@link Positions} says.
 *   <li>The past of any node joins into the result, even if its answer does not count.
 *   <li>An incomplete replica may have lost data. Where the last writer wins, its answer does not
 *       count, because a counter that is too low loses to an older write, and no fallback fills its
 *       position. Before other blind writes it counts only if too few complete replicas answer, or
 *       not soon: then a sibling can remain.
 * </ol>
 *
 * <p>Nodes are named by their index, primaries first, fallbacks after them; the coordinator's own
 * answer is the first to come.
 */
public final class ContextCoordination {
  private final int primaries;
  private final int w;
  private final int pw;
  private final boolean lastWriterWins;
  private final Positions positions;
  private final BitSet answered = new BitSet();
  private final BitSet incomplete = new BitSet();
  private final BitSet gone = new BitSet();
  private Past past;
  private boolean late;

  /**
   * @param primaries how many the key has
   * @param w how many positions must answer, the coordinator's among them
   * @param pw how many of them must be primaries
   * @param lastWriterWins whether an incomplete replica's answer never counts
   * @param own what the coordinator itself has seen
   */
  public ContextCoordination(int primaries, int w, int pw, boolean lastWriterWins, Past own) {
    this.primaries = primaries;
    this.w = w;
    this.pw = pw;
    this.lastWriterWins = lastWriterWins;
    this.positions = new Positions(primaries);
    this.past = own;
  }

  /**
   * One more node can be asked; it is the next index.
   *
   * @param mayFill the positions that it may fill, as in {@link Positions#add}
   */
  public void addFallback(int mayFill) {
    positions.add(mayFill);
  }

  /** The node has seen nothing that is not in the past already. */
  public void onSame(int node, boolean complete) {
    if (!gone.get(node)) {
      answered.set(node);
      incomplete.set(node, !complete);
    }
  }

  /** What the node has seen. */
  public void onPast(int node, Past seen, boolean complete) {
    if (!answered.get(node) && !gone.get(node)) {
      onSame(node, complete);
      past = past.join(seen);
    }
  }

  /** The node will surely not answer. */
  public void onGone(int node) {
    if (!answered.get(node)) {
      gone.set(node);
    }
  }

  /** The query has waited for long: it no longer waits for silent complete replicas. */
  public void onLate() {
    late = true;
  }

  public boolean enough() {
    return met(false) || (mayCountIncomplete() && met(true));
  }

  /** Whether no node is left, or quick enough, to answer in place of an incomplete replica. */
  private boolean mayCountIncomplete() {
    if (lastWriterWins || incomplete.isEmpty()) {
      return false;
    }
    for (int i = 0; i < primaries && !late; i++) {
      if (awaits(i)) {
        return false;
      }
    }
    return true;
  }

  private boolean met(boolean withIncomplete) {
    int countedPrimaries = 0;
    positions.clear();
    for (int i = 0; i < primaries; i++) {
      if (awaits(i) && !late) {
        // It may have data that a hint holder, asked for its hints, lacks.
        positions.keep(i);
      }
    }
    closeForgotten();
    for (int i = 0; i < positions.size(); i++) {
      if (answered.get(i) && (withIncomplete || !incomplete.get(i))) {
        positions.count(i);
        countedPrimaries += i < primaries ? 1 : 0;
      }
    }
    return positions.filled() >= w && countedPrimaries >= pw;
  }

  /** A fallback knows no more than a present primary that has lost data. */
  private void closeForgotten() {
    for (int i = 0; lastWriterWins && i < primaries; i++) {
      if (incomplete.get(i)) {
        positions.close(i);
      }
    }
  }

  /** Too few are left that could answer; fallbacks that were not added are not counted. */
  public boolean hopeless() {
    int possiblePrimaries = 0;
    positions.clear();
    closeForgotten();
    for (int i = 0; i < positions.size(); i++) {
      if (!gone.get(i) && !(lastWriterWins && incomplete.get(i))) {
        positions.count(i);
        possiblePrimaries += i < primaries ? 1 : 0;
      }
    }
    return positions.filled() < w || possiblePrimaries < pw;
  }

  /** Whether every node has answered or failed. */
  public boolean exhausted() {
    return answers() + gone.cardinality() == positions.size();
  }

  /** Whether a fallback may be asked in place of this primary: it has not answered so far. */
  public boolean missing(int primary) {
    return !answered.get(primary);
  }

  /** Whether this node may still answer. */
  public boolean awaits(int node) {
    return !answered.get(node) && !gone.get(node);
  }

  public int answers() {
    return answered.cardinality();
  }

  /** The join of all answers. */
  public Past past() {
    return past;
  }
}
