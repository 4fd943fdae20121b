package starling.node.runtime.rpc;

import java.util.EnumMap;
import java.util.Map;

/** Counts of the connections to other nodes: plain fields owned by the event loop. */
final class PeerCounters {
  long framesOut;
  long framesIn;
  long bytesOut;
  long bytesIn;
  long framesDropped;
  long dialsFailed;

  /** That wait for the sockets of connections that have not ended. */
  long queuedBytes;

  private final EnumMap<RejectionReason, Long> refused = new EnumMap<>(RejectionReason.class);

  void refused(RejectionReason reason) {
    refused.merge(reason, 1L, Long::sum);
  }

  Map<RejectionReason, Long> refused() {
    return new EnumMap<>(refused);
  }
}
