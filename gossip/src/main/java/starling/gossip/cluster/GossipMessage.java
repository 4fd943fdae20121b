package starling.gossip.cluster;

import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;

/**
 * The messages about clusters and shared facts. A push-pull is a {@link Digest}, answered with a
 * {@link Delta} of what the other side lacks and what the sender wants, answered with that; equal
 * nodes stop after the digest. An update travels as an unrequested delta.
 */
public sealed interface GossipMessage {
  Header header();

  /** Calls the one method of {@code cases} that fits. */
  void match(Cases cases);

  /** One method per kind of message, so that the compiler finds a missing one. */
  interface Cases {
    void onAsk(ClusterQuery ask);

    void onTell(ClusterInfo tell);

    void onDigest(Digest digest);

    void onDelta(Delta delta);

    void onRefused(Rejected refused);

    void onCarried(Carried carried);
  }

  /** "Are you in a cluster?" To a seed, by the address it was found at. */
  record ClusterQuery(Header header, Address asked) implements GossipMessage {
    @Override
    public void match(Cases cases) {
      cases.onAsk(this);
    }
  }

  /**
   * The answer to {@link ClusterQuery}: the header names the cluster that the sender is in or is
   * joining.
   *
   * @param facts all facts of that cluster, if the asking node is in none; else empty
   */
  record ClusterInfo(Header header, Address asked, SortedMap<String, byte[]> facts)
      implements GossipMessage {
    @Override
    public void match(Cases cases) {
      cases.onTell(this);
    }
  }

  /**
   * A summary of the facts that the sender knows.
   *
   * @param factsHash over names and values of all facts
   */
  record Digest(Header header, long factsHash) implements GossipMessage {
    @Override
    public void match(Cases cases) {
      cases.onDigest(this);
    }
  }

  /**
   * What the receiver seems to lack, and what the sender lacks.
   *
   * @param factHashes hash of each fact, where the facts as a whole differ; else null
   */
  record Delta(
      Header header,
      @Nullable SortedMap<String, Long> factHashes,
      SortedMap<String, byte[]> facts,
      SortedSet<String> wantedFacts)
      implements GossipMessage {

    @Override
    public void match(Cases cases) {
      cases.onDelta(this);
    }
  }

  /** "You are not in this cluster." The header says why. */
  record Rejected(Header header) implements GossipMessage {
    @Override
    public void match(Cases cases) {
      cases.onRefused(this);
    }
  }

  /** A packet of the failure detector, over a connection. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Carried(Header header, byte[] packet) implements GossipMessage {
    @Override
    public void match(Cases cases) {
      cases.onCarried(this);
    }
  }
}
