package starling.node.runtime.rpc;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.node.port.Transport.Channel;

/**
 * The identity of this node in greetings: its id for good, its process incarnation once it has
 * begun, its cluster once it is in one. Remembers the addresses that led to this node itself, such
 * as a seed that is this node.
 */
final class Identity {
  private static final int MAX_OWN_ADDRESSES = 64;

  private final String clusterName;
  private final UUID node;
  private final Supplier<@Nullable UUID> clusterId;
  private final Supplier<ProcessIncarnation> life;
  private final Set<Address> own = new LinkedHashSet<>();
  private Address advertised;
  private long greetings;

  Identity(
      String clusterName,
      UUID node,
      Supplier<@Nullable UUID> clusterId,
      Supplier<ProcessIncarnation> life,
      Address advertised) {
    this.clusterName = clusterName;
    this.node = node;
    this.clusterId = clusterId;
    this.life = life;
    this.advertised = advertised;
  }

  String clusterName() {
    return clusterName;
  }

  UUID node() {
    return node;
  }

  @Nullable UUID clusterId() {
    return clusterId.get();
  }

  ProcessIncarnation life() {
    return life.get();
  }

  /** Whether this process has an incarnation to greet with: incarnations count from 1. */
  boolean begun() {
    return life().incarnation() > 0;
  }

  Address advertised() {
    return advertised;
  }

  /** The port is known only once the node listens, if it was free to choose. */
  void listening(int port) {
    if (advertised.port() == 0) {
      advertised = new Address(advertised.host(), port);
    }
  }

  /** A greeting to send now; each has a higher number than all before. */
  Hello greeting(Channel channel) {
    greetings++;
    return new Hello(channel, clusterName, clusterId(), node, life(), greetings, advertised);
  }

  /** This node answered at an address that it had not advertised. */
  void metItselfAt(Address address) {
    if (own.size() < MAX_OWN_ADDRESSES) {
      own.add(address);
    }
  }

  boolean isAt(Address address) {
    return address.equals(advertised) || own.contains(address);
  }
}
