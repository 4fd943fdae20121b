/**
 * The failure detector that judges by silence alone, for comparison: heartbeat counters spread by
 * push-pull, and each member judges by how long it has not seen one grow.
 */
@NullMarked
package starling.gossip.heartbeat;

import org.jspecify.annotations.NullMarked;
