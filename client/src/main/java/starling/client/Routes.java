package starling.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.ring.PreferenceLists;
import starling.ring.RingNode;

/**
 * Which node a request goes to: a replica of the key in the client's zone, then another replica,
 * then any node; among equals the one with the fewest requests in flight, where those of a node
 * that has just come back count as more. Nodes that are down, rest, or have as many requests in
 * flight as they may get none. Owned by the client's thread.
 *
 * <p>Replicas are those of a bucket with n = 3; a preference list for a smaller n is the beginning
 * of it.
 */
final class Routes {
  private static final int REPLICAS = 3;

  // The parts of a score, most significant first; the lowest wins.
  private static final long TRIED = 1L << 50;
  private static final long SUSPECT = 1L << 49;
  private static final long OTHER = 2L << 40;
  private static final long OTHER_ZONE = 1L << 40;
  private static final int LOAD_SHIFT = 8;
  private static final double TIE = 255;

  private final String zone;
  private final int maxInFlight;

  private @Nullable RingCopy copy;
  private @Nullable PreferenceLists lists;
  private @Nullable NodeState[] byIndex = new NodeState[0];
  private Map<Endpoint, NodeState> nodes = new LinkedHashMap<>();

  /**
   * Endpoints of the program that are no node's address, and answered with the same ring; without a
   * ring, all of them.
   */
  private final Map<Endpoint, NodeState> seeds = new LinkedHashMap<>();

  Routes(String zone, int maxInFlight) {
    this.zone = zone;
    this.maxInFlight = maxInFlight;
  }

  @Nullable RingCopy copy() {
    return copy;
  }

  /** Takes another ring; what is known of its nodes stays. */
  void adopt(RingCopy next) {
    Map<Endpoint, NodeState> kept = new LinkedHashMap<>();
    @Nullable NodeState[] states = new NodeState[next.ring().nodes().size()];
    for (int i = 0; i < states.length; i++) {
      RingNode node = next.ring().nodes().get(i);
      Endpoint address = next.addresses().get(node.id());
      if (address != null) {
        NodeState known = nodes.get(address);
        states[i] =
            known != null && known.zone.equals(node.zone())
                ? known
                : new NodeState(address, node.zone());
        kept.put(address, states[i]);
      }
    }
    nodes = kept;
    byIndex = states;
    copy = next;
    lists = next.founded() ? next.ring().preferenceLists(REPLICAS) : null;
  }

  /** An endpoint of the program answered with a ring of this cluster, or is to be asked anyway. */
  void confirm(Endpoint seed) {
    if (!nodes.containsKey(seed)) {
      seeds.computeIfAbsent(seed, address -> new NodeState(address, ""));
    }
  }

  Collection<NodeState> nodes() {
    return nodes.values();
  }

  Collection<NodeState> seeds() {
    return seeds.values();
  }

  /** All that probes concern. */
  List<NodeState> all() {
    List<NodeState> all = new ArrayList<>(nodes.values());
    all.addAll(seeds.values());
    return all;
  }

  /** The best node for a call, or null. */
  @Nullable NodeState choose(Call call, long now, double random) {
    NodeState best = null;
    long lowest = Long.MAX_VALUE;
    PreferenceLists known = lists;
    RingCopy ring = copy;
    Long position = call.spec.position();
    if (known != null && ring != null && position != null) {
      int partition = ring.ring().partition(position);
      int width = known.width();
      int from = (int) (random * width);
      for (int i = 0; i < width; i++) {
        NodeState node = byIndex[known.node(partition, (from + i) % width)];
        if (node != null && takes(node, now)) {
          long score = score(node, call, now, node.zone.equals(zone) ? 0 : OTHER_ZONE, 0);
          if (score < lowest) {
            lowest = score;
            best = node;
          }
        }
      }
      if (best != null && lowest < SUSPECT) {
        return best;
      }
    }
    for (NodeState node : nodes.values()) {
      if (takes(node, now)) {
        long score = score(node, call, now, OTHER, (long) (random * TIE) ^ (node.hashCode() & 255));
        if (score < lowest) {
          lowest = score;
          best = node;
        }
      }
    }
    if (best == null) {
      best = seed(call, now);
    }
    return call.spec.behavior().retries().elsewhere() && (best == null || call.tried(best))
        ? untried(call)
        : best;
  }

  private @Nullable NodeState seed(Call call, long now) {
    NodeState best = null;
    long lowest = Long.MAX_VALUE;
    for (NodeState node : seeds.values()) {
      if (takes(node, now)) {
        long score = score(node, call, now, 0, 0);
        if (score < lowest) {
          lowest = score;
          best = node;
        }
      }
    }
    return best;
  }

  /** A node that the call was not sent to, even one that is down or asked for a pause. */
  private @Nullable NodeState untried(Call call) {
    for (NodeState node : all()) {
      if (!call.tried(node) && node.inFlight() < maxInFlight) {
        return node;
      }
    }
    return null;
  }

  /** Whether the call was sent to every node. */
  boolean exhausted(Call call) {
    return all().stream().allMatch(call::tried);
  }

  private boolean takes(NodeState node, long now) {
    return node.inFlight() < maxInFlight && node.usable(now);
  }

  private static long score(NodeState node, Call call, long now, long distance, long tie) {
    return (call.tried(node) ? TRIED : 0)
        + (node.suspect(now) ? SUSPECT : 0)
        + distance
        + ((long) node.load(now) << LOAD_SHIFT)
        + tie;
  }

  /** Whether a node is a replica of the position, as far as the copy of the ring knows. */
  boolean isReplica(NodeState node, long position) {
    RingCopy ring = copy;
    PreferenceLists known = lists;
    if (ring == null || known == null) {
      return false;
    }
    for (UUID id : known.ids(ring.ring().partition(position))) {
      if (node.endpoint.equals(ring.addresses().get(id))) {
        return true;
      }
    }
    return false;
  }

  /** Why no node can take a call. */
  String whyNone(long now) {
    if (nodes.isEmpty() && seeds.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (NodeState node : all()) {
      String why =
          node.down()
              ? node.reason()
              : !node.usable(now)
                  ? "asked for a pause"
                  : node.inFlight() >= maxInFlight
                      ? "has as many requests in flight as it may have"
                      : "up";
      text.append(text.length() == 0 ? "" : ", ").append(node.name).append(' ').append(why);
    }
    return text.toString();
  }
}
