package starling.gossip.cluster;

import java.util.UUID;

/** Planted bugs: what nodes would do that do not look at a part of what they are told. */
interface Mishearing {
  /** What the node takes a message to say. */
  GossipMessage heard(SimulatedNode by, GossipMessage message);

  /** Whether the node hears a message of this sender at all. */
  default boolean hears(SimulatedNode by, UUID sender) {
    return true;
  }

  Mishearing NONE = (by, message) -> message;

  /** Every cluster is taken for one's own. */
  Mishearing OF_CLUSTERS =
      (by, message) -> {
        Header header = message.header();
        ClusterIdentity own = by.gossip.cluster();
        return own == null || header.cluster() == null
            ? message
            : with(
                message,
                new Header(
                    header.clusterName(), own, header.sender(), header.life(), header.replyTo()));
      };

  /** Nothing that comes from another process under one's own id is heard. */
  Mishearing OF_LIVES =
      new Mishearing() {
        @Override
        public GossipMessage heard(SimulatedNode by, GossipMessage message) {
          return message;
        }

        @Override
        public boolean hears(SimulatedNode by, UUID sender) {
          return !sender.equals(by.directory.id);
        }
      };

  private static GossipMessage with(GossipMessage message, Header header) {
    if (message instanceof GossipMessage.ClusterQuery ask) {
      return new GossipMessage.ClusterQuery(header, ask.asked());
    } else if (message instanceof GossipMessage.ClusterInfo tell) {
      return new GossipMessage.ClusterInfo(header, tell.asked(), tell.facts());
    } else if (message instanceof GossipMessage.Digest digest) {
      return new GossipMessage.Digest(header, digest.factsHash());
    } else if (message instanceof GossipMessage.Delta delta) {
      return new GossipMessage.Delta(
          header, delta.factHashes(), delta.facts(), delta.wantedFacts());
    } else if (message instanceof GossipMessage.Carried carried) {
      return new GossipMessage.Carried(header, carried.packet());
    }
    return new GossipMessage.Rejected(header);
  }
}
