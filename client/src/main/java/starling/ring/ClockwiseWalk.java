package starling.ring;

/**
 * The walk that makes a preference list: from a token clockwise, taking each new node whose zone
 * still has room in the quota, until the quota is met. Nodes taken as the first of their zone come
 * before those taken as the second, and so on; within that, in the order in which they were met.
 *
 * <p>Used by one thread at a time: it keeps scratch space so that a walk allocates nothing. The
 * array of owners belongs to the caller, who may change it between walks.
 */
final class ClockwiseWalk {
  private final int[] owners;
  private final int[] zoneOfNode;
  private final ZoneQuota quota;
  private final int[] takenOfZone;
  private final int[] ranks;

  /**
   * @param owners by partition: the node that owns its token, or negative for none; a power of two
   * @param zoneOfNode by node: its zone, or negative for a node to be passed over
   */
  ClockwiseWalk(int[] owners, int[] zoneOfNode, ZoneQuota quota) {
    this.owners = owners;
    this.zoneOfNode = zoneOfNode;
    this.quota = quota;
    this.takenOfZone = new int[quota.base.length];
    this.ranks = new int[quota.width];
  }

  /**
   * Writes the list of a partition to {@code out} from {@code at} on, padded with -1 where the ring
   * has too few nodes, and says how many tokens it looked at.
   */
  int walk(int partition, int[] out, int at) {
    int mask = owners.length - 1;
    int size = 0;
    int extras = 0;
    int looked = 0;
    while (size < quota.width && looked < owners.length) {
      int node = owners[(partition + looked++) & mask];
      if (node < 0 || zoneOfNode[node] < 0 || contains(out, at, size, node)) {
        continue;
      }
      int zone = zoneOfNode[node];
      int rank = takenOfZone[zone];
      if (rank >= quota.base[zone]) {
        if (rank > quota.base[zone] || !quota.spare[zone] || extras == quota.extras) {
          continue;
        }
        extras++;
      }
      takenOfZone[zone] = rank + 1;
      insert(out, at, size++, node, rank);
    }
    for (int i = 0; i < size; i++) {
      takenOfZone[zoneOfNode[out[at + i]]] = 0;
    }
    for (int i = size; i < quota.width; i++) {
      out[at + i] = -1;
    }
    return looked;
  }

  private void insert(int[] out, int at, int size, int node, int rank) {
    int i = size;
    while (i > 0 && ranks[i - 1] > rank) {
      ranks[i] = ranks[i - 1];
      out[at + i] = out[at + i - 1];
      i--;
    }
    ranks[i] = rank;
    out[at + i] = node;
  }

  private static boolean contains(int[] out, int at, int size, int node) {
    for (int i = at; i < at + size; i++) {
      if (out[i] == node) {
        return true;
      }
    }
    return false;
  }
}
