package starling.ring;

import java.util.function.DoubleUnaryOperator;

/**
 * How many (partition, replica) pairs each node would hold if load followed weight exactly, within
 * what is possible at all: no node holds a partition twice, and each zone holds as many replicas of
 * every partition as its quota says. Where a limit binds, the others share the rest by weight.
 *
 * <p>So with three equal replicas in three zones each zone holds everything once, however many
 * nodes it has, and shares are proportional to weight only within a zone.
 */
final class FairShare {
  /** Halvings after which a double has no digits left to gain. */
  private static final int HALVINGS = 100;

  private FairShare() {}

  /** By node: its share of the pairs of {@code partitions} partitions; they add up to all. */
  static double[] of(int[] weights, int[] zoneOfNode, int zones, ZoneQuota quota, int partitions) {
    double level =
        solve(
            quota.width,
            candidate -> {
              double sum = 0;
              for (int zone = 0; zone < zones; zone++) {
                sum += zoneShare(candidate, weights, zoneOfNode, zone, quota);
              }
              return sum;
            });
    double[] shares = new double[weights.length];
    for (int zone = 0; zone < zones; zone++) {
      int inZone = zone;
      double share = zoneShare(level, weights, zoneOfNode, zone, quota);
      double levelInZone =
          solve(share, candidate -> filled(candidate, weights, zoneOfNode, inZone));
      for (int node = 0; node < weights.length; node++) {
        if (zoneOfNode[node] == zone) {
          shares[node] = partitions * Math.min(1, levelInZone * weights[node]);
        }
      }
    }
    return shares;
  }

  /** Replicas of one partition that a zone holds at a level of replicas per weight. */
  private static double zoneShare(
      double level, int[] weights, int[] zoneOfNode, int zone, ZoneQuota quota) {
    double least = quota.base[zone];
    double most = least + (quota.spare[zone] && quota.extras > 0 ? 1 : 0);
    return Math.max(least, Math.min(most, filled(level, weights, zoneOfNode, zone)));
  }

  private static double filled(double level, int[] weights, int[] zoneOfNode, int zone) {
    double sum = 0;
    for (int node = 0; node < weights.length; node++) {
      if (zoneOfNode[node] == zone) {
        sum += Math.min(1, level * weights[node]);
      }
    }
    return sum;
  }

  /** The least level from 0 to 1 at which a growing function reaches the goal. */
  private static double solve(double goal, DoubleUnaryOperator growing) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (growing.applyAsDouble(middle) < goal) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }
}
