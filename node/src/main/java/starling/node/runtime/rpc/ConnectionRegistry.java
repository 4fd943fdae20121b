package starling.node.runtime.rpc;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.port.Transport.Channel;

/**
 * The connections on which both sides have greeted: at most one per node and channel. {@link
 * Precedence} decides whether a new connection replaces an old one; the owner learns of every end
 * before it learns of the next connection, so that it knows that answers may be missing.
 */
final class ConnectionRegistry {
  /** More addresses than nodes, since a node may be reached under several names. */
  private static final int MAX_ADDRESSES = 16_384;

  private final UUID self;
  private final PeerNetwork.Listener listener;
  private final Map<Channel, Map<UUID, PeerConnection>> standing = new EnumMap<>(Channel.class);
  private final Map<Address, UUID> nodes = new LinkedHashMap<>();

  ConnectionRegistry(UUID self, PeerNetwork.Listener listener) {
    this.self = self;
    this.listener = listener;
    for (Channel channel : Channel.values()) {
      standing.put(channel, new LinkedHashMap<>());
    }
  }

  private Map<UUID, PeerConnection> of(Channel channel) {
    return standing.getOrDefault(channel, Map.of());
  }

  @Nullable PeerConnection standing(UUID node, Channel channel) {
    return of(channel).get(node);
  }

  /** The control connection to the node at this address. */
  @Nullable PeerConnection standingAt(Address address) {
    UUID node = nodes.get(address);
    return node == null ? null : standing(node, Channel.CONTROL);
  }

  /** A node was reached at an address, its advertised one or another. */
  void reachedAt(Address address, UUID node) {
    if (nodes.size() < MAX_ADDRESSES || nodes.containsKey(address)) {
      nodes.put(address, node);
    }
  }

  /** Whether a connection with these greetings may be added, or may replace the present one. */
  boolean mayStand(CollisionResolution.Greeted candidate, Hello peer) {
    PeerConnection present = standing(peer.node(), peer.channel());
    return present == null
        || CollisionResolution.replaces(candidate, present.greetings(), self, peer.node());
  }

  /** Adds an established connection and ends the one that it replaces. */
  void put(PeerConnection connection, long nowNanos) {
    UUID node = connection.node();
    PeerConnection before = of(connection.channel()).put(node, connection);
    if (connection.channel() == Channel.CONTROL) {
      nodes.values().removeIf(node::equals);
      reachedAt(connection.address(), node);
    }
    if (before != null) {
      before.sendLast(Frame.GOODBYE, new byte[0], nowNanos);
      listener.onDisconnected(node, connection.channel());
    }
    listener.onConnected(node, connection.channel());
  }

  /** Removes a connection that has ended, unless another has replaced it. */
  void remove(PeerConnection connection) {
    if (of(connection.channel()).remove(connection.node(), connection)) {
      if (connection.channel() == Channel.CONTROL) {
        nodes.values().removeIf(connection.node()::equals);
      }
      listener.onDisconnected(connection.node(), connection.channel());
    }
  }

  int count(Channel channel) {
    return of(channel).size();
  }

  /** A copy, because connections may end during the iteration. */
  List<PeerConnection> all() {
    List<PeerConnection> all = new ArrayList<>();
    standing.values().forEach(lines -> all.addAll(lines.values()));
    return all;
  }
}
