package starling.node.runtime.rpc;

import java.util.Map;

/**
 * What the connections to other nodes carry and have carried, at one moment. Bytes are those of
 * whole frames; greetings and keep-alives are counted too.
 *
 * @param controlConnections on which both sides have greeted
 * @param framesDropped refused at a bound, or taken for a connection that was never made
 * @param queuedBytes that wait for a socket or for a connection
 * @param refused connections turned away by this side, by reason
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
    Map<RefusalReason, Long> refused) {
  public PeerStatistics {
    refused = Map.copyOf(refused);
  }

  public long refused(RefusalReason reason) {
    return refused.getOrDefault(reason, 0L);
  }
}
