package starling.node.cluster;

import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import starling.gossip.cluster.Gossip;
import starling.node.port.Clock;
import starling.node.version.ContextKey;
import starling.node.version.ContextKeys;

/**
 * Gives gossip the keys that authenticate its datagrams. They are derived from the keys that sign
 * contexts, which all members have; they travel over connections only.
 */
final class PacketKeys {
  private static final long REFRESH_NANOS = 60_000_000_000L;
  private static final String PURPOSE = "gossip datagrams";

  private final Clock clock;
  private ContextKeys keys = ContextKeys.EMPTY;
  private long nextNanos;

  PacketKeys(Clock clock) {
    this.clock = clock;
  }

  /** The keys may have changed; those that this node had before it entered count as settled. */
  void use(Gossip gossip, byte @Nullable [] value) {
    if (value != null) {
      ContextKeys told = ContextKeys.decode(value, 0);
      keys = keys.isEmpty() ? told : keys.join(told, clock.wallMillis());
      give(gossip);
    }
  }

  /** A key that has settled meanwhile seals from now on. */
  void tick(Gossip gossip, long nowNanos) {
    if (!keys.isEmpty() && nowNanos >= nextNanos) {
      nextNanos = nowNanos + REFRESH_NANOS;
      give(gossip);
    }
  }

  private void give(Gossip gossip) {
    SortedMap<Integer, byte[]> derived = new TreeMap<>();
    for (ContextKey each : keys.keys()) {
      derived.put(each.id(), each.derived(PURPOSE));
    }
    gossip.packetKeys(derived, keys.signing(clock.wallMillis()).id());
  }
}
