package starling.node.cluster;

import java.util.List;
import starling.gossip.Address;

/** Carries gossip to addresses, also to those whose node is not known yet. */
public interface GossipLink {
  /** Takes a frame for the control connection; may lose it without a word. */
  void send(Address to, byte[] frame);

  /** Looks names up and hands each result to {@code Node.onResolved}. */
  void resolve(List<Address> names);
}
