/**
 * How a node enters a cluster, the facts that its members share, and the messages that carry both
 * beside the packets of a failure detector.
 */
@NullMarked
package starling.gossip.cluster;

import org.jspecify.annotations.NullMarked;
