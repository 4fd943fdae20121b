package starling.gossip;

import java.util.List;
import java.util.UUID;

/** Planted bugs: what nodes would do that do not look at a part of what they are told. */
interface Mishearing {
  /** What the node takes a message to say. */
  GossipMessage heard(SimulatedNode by, GossipMessage message);

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

  /** Every process under one's own id is taken for oneself. */
  Mishearing OF_LIVES =
      (by, message) -> {
        Header header = message.header();
        Member self = by.member();
        GossipMessage silent = withoutWordsOf(self.id(), message);
        return header.sender().equals(self.id())
            ? with(
                silent,
                new Header(
                    header.clusterName(),
                    header.cluster(),
                    header.sender(),
                    self.life(),
                    header.replyTo()))
            : silent;
      };

  private static GossipMessage with(GossipMessage message, Header header) {
    if (message instanceof GossipMessage.ClusterQuery ask) {
      return new GossipMessage.ClusterQuery(header, ask.asked());
    } else if (message instanceof GossipMessage.ClusterInfo tell) {
      return new GossipMessage.ClusterInfo(header, tell.asked(), tell.facts());
    } else if (message instanceof GossipMessage.Digest digest) {
      return new GossipMessage.Digest(header, digest.entries(), digest.factsHash());
    } else if (message instanceof GossipMessage.Delta delta) {
      return new GossipMessage.Delta(
          header,
          delta.entries(),
          delta.introductions(),
          delta.factHashes(),
          delta.facts(),
          delta.wantedMembers(),
          delta.wantedFacts());
    }
    return new GossipMessage.Rejected(header);
  }

  private static GossipMessage withoutWordsOf(UUID id, GossipMessage message) {
    if (message instanceof GossipMessage.Digest digest) {
      return new GossipMessage.Digest(
          digest.header(), without(id, digest.entries()), digest.factsHash());
    } else if (message instanceof GossipMessage.Delta delta) {
      return new GossipMessage.Delta(
          delta.header(),
          without(id, delta.entries()),
          delta.introductions().stream()
              .filter(introduction -> !introduction.member().id().equals(id))
              .toList(),
          delta.factHashes(),
          delta.facts(),
          delta.wantedMembers(),
          delta.wantedFacts());
    }
    return message;
  }

  private static List<Entry> without(UUID id, List<Entry> entries) {
    return entries.stream().filter(entry -> !entry.id().equals(id)).toList();
  }
}
