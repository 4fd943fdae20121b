package starling.node.coordinator;

import java.util.BitSet;
import starling.node.version.Past;

/**
 * Collects what a quorum has seen of a key before a blind write makes its event: the event's past
 * is the join of the answers, fixed before its dot exists. Asking first costs a round; writing at
 * once and mending afterwards would save it most of the time, and leaves false siblings when clocks
 * disagree.
 *
 * <p>Invariant: a node counts once. Nodes are named by their index, primaries first, fallbacks
 * after them; the coordinator's own answer is the first to come.
 */
public final class AskCoordination {
  private final int primaries;
  private final int w;
  private final int pw;
  private final BitSet answered = new BitSet();
  private final BitSet gone = new BitSet();
  private int size;
  private Past past;

  /**
   * @param primaries how many the key has
   * @param w how many nodes must answer, the coordinator among them
   * @param pw how many of them must be primaries
   * @param own what the coordinator itself has seen
   */
  public AskCoordination(int primaries, int w, int pw, Past own) {
    this.primaries = primaries;
    this.w = w;
    this.pw = pw;
    this.size = primaries;
    this.past = own;
  }

  /** One more node can be asked, which stands in for a primary; it is the next index. */
  public void standsIn() {
    size++;
  }

  /** The node has seen nothing that is not in the past already. */
  public void onSame(int node) {
    if (!gone.get(node)) {
      answered.set(node);
    }
  }

  /** What the node has seen. */
  public void onPast(int node, Past seen) {
    if (!answered.get(node) && !gone.get(node)) {
      onSame(node);
      past = past.join(seen);
    }
  }

  /** The node will surely not answer. */
  public void onGone(int node) {
    if (!answered.get(node)) {
      gone.set(node);
    }
  }

  public boolean enough() {
    return answers() >= w && answered.get(0, primaries).cardinality() >= pw;
  }

  /** Too few are left that could answer; fallbacks that were not added are not counted. */
  public boolean hopeless() {
    return size - gone.cardinality() < w || primaries - gone.get(0, primaries).cardinality() < pw;
  }

  /** Whether every node has answered or is gone. */
  public boolean exhausted() {
    return answers() + gone.cardinality() == size;
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
