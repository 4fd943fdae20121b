package starling.node.runtime.rpc;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.port.Transport.Channel;
import starling.node.version.MalformedException;

/**
 * Decides whether to accept a connection between nodes, from the other side's greeting and this
 * node's identity. Both sides check: the dialled node checks the hello, the dialling node the
 * welcome. Knows no socket.
 *
 * <p>It checks, in this order: the protocol and its version (before anything else is read), the
 * cluster's name, the cluster's id when both sides know one, and that the other side is not this
 * node. A name guards against a wrong seed in a configuration, an id against two clusters that were
 * given one name. Two such clusters get no data connection, but gossip passes between them, or they
 * would never learn of each other, and the later cluster would never end.
 */
final class HandshakePolicy {
  /**
   * The decision.
   *
   * @param hello the greeting of the other side; null if it could not be read
   * @param refused null if the other side is accepted
   */
  record Decision(@Nullable Hello hello, @Nullable HandshakeRejection refused) {
    /** The greeting of an accepted node. */
    Hello welcome() {
      if (hello == null || refused != null) {
        throw new IllegalStateException("the other side is not accepted: " + refused);
      }
      return hello;
    }
  }

  private final Identity identity;

  HandshakePolicy(Identity identity) {
    this.identity = identity;
  }

  /** Checks the bytes of a hello or a welcome. */
  Decision judge(byte[] greeting) {
    try {
      String unknown = Hello.unknownVersion(greeting);
      if (unknown != null) {
        return new Decision(null, refusal(RejectionReason.VERSION, unknown));
      }
      Hello peer = Hello.decode(greeting);
      HandshakeRejection refused = stranger(peer);
      return new Decision(peer, refused);
    } catch (MalformedException e) {
      return new Decision(null, refusal(RejectionReason.MALFORMED, String.valueOf(e.getMessage())));
    }
  }

  private @Nullable HandshakeRejection stranger(Hello peer) {
    if (!identity.begun()) {
      return refusal(RejectionReason.STARTING, "this node has not started yet");
    }
    String clusterName = identity.clusterName();
    if (!peer.clusterName().equals(clusterName)) {
      return refusal(
          RejectionReason.CLUSTER_NAME,
          "cluster '" + clusterName + "' was called by one of '" + peer.clusterName() + "'");
    }
    HandshakeRejection otherCluster = otherCluster(peer.clusterId());
    if (otherCluster != null && peer.channel() != Channel.CONTROL) {
      return otherCluster;
    }
    if (peer.node().equals(identity.node())) {
      return refusal(RejectionReason.SAME_ID, "the caller has the id of the called node");
    }
    return null;
  }

  /** The rejection of a peer that is known to be in another cluster of this name, or null. */
  @Nullable HandshakeRejection otherCluster(@Nullable UUID theirs) {
    UUID mine = identity.clusterId();
    if (mine == null || theirs == null || mine.equals(theirs)) {
      return null;
    }
    return refusal(
        RejectionReason.CLUSTER_ID,
        "two clusters are named '"
            + identity.clusterName()
            + "': "
            + mine
            + " was called by "
            + theirs);
  }

  HandshakeRejection tooLong(long length) {
    return refusal(RejectionReason.TOO_LONG, "a frame said that it has " + length + " bytes");
  }

  HandshakeRejection refusal(RejectionReason reason, String words) {
    return new HandshakeRejection(reason, identity.life(), words);
  }
}
