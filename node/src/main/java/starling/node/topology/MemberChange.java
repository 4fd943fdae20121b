package starling.node.topology;

import java.util.UUID;
import starling.ring.RingNode;

/** What an operator, or a node that joins, wants of the members. */
public sealed interface MemberChange {
  /** The member that the change is about. */
  UUID id();

  /** A newcomer takes part with this zone and weight. */
  record Join(RingNode node) implements MemberChange {
    @Override
    public UUID id() {
      return node.id();
    }
  }

  /** A member gives its data away and goes. */
  record Leave(UUID id) implements MemberChange {}

  /** A dead member is banned, and the others replace its copies. */
  record Remove(UUID id) implements MemberChange {}

  /** A dead member is banned, and a newcomer takes its tokens. */
  record Replace(UUID id, RingNode with) implements MemberChange {}

  /** A member gets another zone or weight. */
  record Set(UUID id, String zone, int weight) implements MemberChange {}
}
