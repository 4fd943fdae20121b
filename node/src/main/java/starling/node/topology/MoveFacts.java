package starling.node.topology;

import java.util.Set;
import java.util.UUID;

/** What only the nodes know of the open moves, as far as the planning node has heard. */
public interface MoveFacts {
  /** Whether this newcomer of a copying partition is complete (PROTOCOL P30). */
  boolean complete(int partition, UUID newcomer);

  /** Whether this member of the old list has entered the flip of a partition (P28). */
  boolean entered(int partition, UUID member);

  /** Members that have been dead for so long that moves to them are cancelled: a minute. */
  Set<UUID> dead();

  /** Members of old lists that have been down for so long that they may be passed over. */
  Set<UUID> passable();

  /** Whether a leaving member's hints are delivered or taken over. */
  boolean handedOver(UUID member);

  /** Whether an operator accepted that newcomers copy from less than a majority (P30). */
  boolean acceptsLoss();
}
