package starling.node.runtime.rpc;

import java.util.Map;

/**
 * The connections to other nodes and their counts, at one moment. Bytes are those of whole frames;
 * greetings and keep-alives are counted too.
 *
 * @param controlConnections on which both sides have greeted
 * @param framesDropped rejected at a bound, or accepted for a connection that was never made
 * @param queuedBytes that wait for a socket or for a connection
 * @param refused connections rejected by this side, by reason
 */
public record PeerStatistics(
    int controlConnections,
    int dataConnections,
    long framesOut,
    long framesIn,
    long bytesOut,
    long bytesIn,
    long framesDropped,
    long dialsFailed,
    long queuedBytes,
    Map<RejectionReason, Long> refused) {
  public PeerStatistics {
    refused = Map.copyOf(refused);
  }

  public long refused(RejectionReason reason) {
    return refused.getOrDefault(reason, 0L);
  }
}
