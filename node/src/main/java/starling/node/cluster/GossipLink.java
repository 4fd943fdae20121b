package starling.node.cluster;

import java.util.List;
import starling.gossip.Address;

/** Carries gossip to addresses, also to those whose node is not known yet. */
public interface GossipLink {
  /** Accepts a frame for the control connection; may lose it silently. */
  void send(Address to, byte[] frame);

  /** Sends a datagram; the sender does not learn whether it arrives. */
  void sendDatagram(Address to, byte[] datagram);

  /** Resolves names and passes each result to {@code Node.onResolved}. */
  void resolve(List<Address> names);
}
