package starling.ring;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.UUID;

/**
 * A node as placement sees it: its identity, phase, zone and capacity. Names and addresses are
 * facts of membership and play no part here.
 *
 * @param id the identity of the node, the same for as long as it is a member
 * @param phase its phase in the ring
 * @param zone its failure domain; nodes without one share the empty zone
 * @param weight its capacity relative to the other nodes, from 1 to {@link #MAX_WEIGHT}
 */
public record RingNode(UUID id, Phase phase, String zone, int weight) {
  /** The capacity of a node that states none. */
  public static final int DEFAULT_WEIGHT = 100;

  public static final int MAX_WEIGHT = 1_000_000;
  public static final int MAX_ZONE_BYTES = 64;

  /** Ids by their 128 bits, unsigned: the order of their text. */
  public static final Comparator<UUID> ID_ORDER =
      (a, b) -> {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0
            ? high
            : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
      };

  public RingNode {
    if (zone.getBytes(StandardCharsets.UTF_8).length > MAX_ZONE_BYTES) {
      throw new IllegalArgumentException("a zone has at most " + MAX_ZONE_BYTES + " bytes");
    }
    if (weight < 1 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException("weight must be 1 to " + MAX_WEIGHT + ", not " + weight);
    }
  }

  /** A node that takes part fully, of default capacity, in no zone. */
  public static RingNode normal(UUID id) {
    return new RingNode(id, Phase.NORMAL, "", DEFAULT_WEIGHT);
  }

  public RingNode withPhase(Phase next) {
    return new RingNode(id, next, zone, weight);
  }

  public RingNode withZone(String next) {
    return new RingNode(id, phase, next, weight);
  }

  public RingNode withWeight(int next) {
    return new RingNode(id, phase, zone, next);
  }
}
