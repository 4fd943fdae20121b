package starling.ring;

import java.util.Comparator;
import java.util.UUID;

/**
 * The gossiped state of one node in the ring. Two accounts of a node merge field by field: the
 * later phase, and zone and weight from the account with the higher counter. Where the counters are
 * equal the contents decide, so that the merge is the same on all nodes and in any order.
 *
 * @param counter how often zone and weight were stated
 */
public record NodeFact(UUID id, Phase phase, String zone, int weight, long counter) {
  private static final Comparator<NodeFact> STATED =
      Comparator.comparingLong(NodeFact::counter)
          .thenComparing(NodeFact::zone)
          .thenComparingInt(NodeFact::weight);

  public NodeFact {
    RingNode bounds = new RingNode(id, phase, zone, weight);
    if (counter < 1) {
      throw new IllegalArgumentException("counter " + counter + " of " + bounds);
    }
  }

  static NodeFact first(RingNode node) {
    return new NodeFact(node.id(), node.phase(), node.zone(), node.weight(), 1);
  }

  /** The fact after the node was stated anew; its phase never steps back. */
  NodeFact restated(RingNode node) {
    return new NodeFact(id, phase.later(node.phase()), node.zone(), node.weight(), counter + 1);
  }

  /** The join of two accounts of the same node. */
  NodeFact join(NodeFact other) {
    NodeFact stated = STATED.compare(this, other) >= 0 ? this : other;
    Phase later = phase.later(other.phase);
    return stated.phase == later
        ? stated
        : new NodeFact(id, later, stated.zone, stated.weight, stated.counter);
  }

  RingNode node() {
    return new RingNode(id, phase, zone, weight);
  }
}
