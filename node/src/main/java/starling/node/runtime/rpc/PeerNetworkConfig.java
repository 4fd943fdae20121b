package starling.node.runtime.rpc;

import java.util.UUID;
import starling.gossip.Address;
import starling.node.port.Transport;

/**
 * How nodes reach each other.
 *
 * @param listen where to listen; port 0 picks a free one
 * @param maxFrameBytes a longer frame ends its connection
 * @param dataQueueBytes what may wait to be written on a data connection; above it sends are
 *     refused
 * @param controlQueueBytes the same on a control connection
 * @param dialQueueBytes what may wait for a connection that is being made
 * @param maxInbound connections that others may have open here; more are closed
 * @param maxUngreeted how many of them may not have said who they are yet
 */
public record PeerNetworkConfig(
    String clusterName,
    UUID self,
    Address listen,
    int maxFrameBytes,
    int dataQueueBytes,
    int controlQueueBytes,
    int dialQueueBytes,
    int maxInbound,
    int maxUngreeted) {

  /** The defaults, for a node. */
  public static PeerNetworkConfig of(String clusterName, UUID self, Address listen) {
    return new PeerNetworkConfig(
        clusterName,
        self,
        listen,
        Transport.MAX_FRAME_BYTES,
        Transport.MAX_FRAME_BYTES + (32 << 20),
        8 << 20,
        1 << 20,
        4096,
        64);
  }
}
