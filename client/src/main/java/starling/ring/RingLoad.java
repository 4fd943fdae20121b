package starling.ring;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How evenly a ring spreads its load: the (partition, replica) pairs that each node holds, against
 * the fair share of its weight within what zones and the number of nodes allow. Counted from the
 * preference lists themselves. Nodes that own no token (they are about to join, or to go) count as
 * neither even nor uneven.
 */
public final class RingLoad {
  private final int[] pairs;
  private final double[] fair;

  private RingLoad(int[] pairs, double[] fair) {
    this.pairs = pairs;
    this.fair = fair;
  }

  /** The load of a ring when every partition has {@code n} replicas. */
  public static RingLoad of(Ring ring, int n) {
    List<RingNode> nodes = ring.nodes();
    PreferenceLists lists = ring.preferenceLists(n);
    int[] pairs = new int[nodes.size()];
    for (int partition = 0; partition < ring.partitions(); partition++) {
      for (int place = 0; place < lists.width(); place++) {
        pairs[lists.node(partition, place)]++;
      }
    }
    Map<String, Integer> zones = new HashMap<>();
    int[] weights = new int[nodes.size()];
    int[] zoneOfNode = new int[nodes.size()];
    for (int node = 0; node < weights.length; node++) {
      weights[node] = nodes.get(node).weight();
      zoneOfNode[node] =
          ring.ownsTokens(node)
              ? zones.computeIfAbsent(nodes.get(node).zone(), key -> zones.size())
              : -1;
    }
    ZoneQuota quota = ZoneQuota.of(zoneOfNode, zones.size(), n);
    return new RingLoad(
        pairs, FairShare.of(weights, zoneOfNode, zones.size(), quota, ring.partitions()));
  }

  /** How many pairs a node (its index in the ring) holds. */
  public int pairs(int node) {
    return pairs[node];
  }

  /** How many pairs would be its fair share. */
  public double fairShare(int node) {
    return fair[node];
  }

  /** Mean over greatest load, each relative to the fair share: 1 is perfectly even. */
  public double efficiency() {
    double sum = 0;
    double greatest = 0;
    int counted = 0;
    for (int node = 0; node < pairs.length; node++) {
      if (fair[node] > 0) {
        double relative = pairs[node] / fair[node];
        sum += relative;
        greatest = Math.max(greatest, relative);
        counted++;
      }
    }
    return greatest == 0 ? 1 : sum / counted / greatest;
  }
}
