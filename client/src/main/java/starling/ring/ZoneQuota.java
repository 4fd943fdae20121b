package starling.ring;

/**
 * How many replicas of one partition each zone is to hold when {@code n} are wanted, as evenly as
 * the zones have nodes. Every zone gives {@code base} replicas, and {@code extras} of the zones
 * with nodes to spare give one more: those met first on the way round the ring.
 *
 * <p>With at least as many zones as replicas the base is 0 and n zones give one each; with a single
 * zone the base is n and the rule vanishes. Since the base grows one round at a time, the replicas
 * for n are always the first n of those for n + 1.
 */
final class ZoneQuota {
  /** How many nodes count in all, and so how many replicas can be had: at most n. */
  final int width;

  /** By zone: replicas it gives to every partition. */
  final int[] base;

  /** By zone: whether it has a node to spare for one more. */
  final boolean[] spare;

  /** How many of the zones that can spare one do so for each partition. */
  final int extras;

  private ZoneQuota(int width, int[] base, boolean[] spare, int extras) {
    this.width = width;
    this.base = base;
    this.spare = spare;
    this.extras = extras;
  }

  /**
   * The quota for {@code n} replicas.
   *
   * @param zoneOfNode by node: its zone, or negative for a node that does not count
   */
  static ZoneQuota of(int[] zoneOfNode, int zones, int n) {
    int[] sizes = new int[zones];
    int nodes = 0;
    for (int zone : zoneOfNode) {
      if (zone >= 0) {
        sizes[zone]++;
        nodes++;
      }
    }
    int width = Math.min(n, nodes);
    int[] base = new int[zones];
    boolean[] spare = new boolean[zones];
    int given = 0;
    while (true) {
      int able = 0;
      for (int zone = 0; zone < zones; zone++) {
        spare[zone] = base[zone] < sizes[zone];
        able += spare[zone] ? 1 : 0;
      }
      if (able == 0 || given + able > width) {
        return new ZoneQuota(width, base, spare, width - given);
      }
      for (int zone = 0; zone < zones; zone++) {
        base[zone] += spare[zone] ? 1 : 0;
      }
      given += able;
    }
  }
}
