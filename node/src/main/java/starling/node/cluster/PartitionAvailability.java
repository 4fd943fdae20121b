package starling.node.cluster;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import starling.ring.Ring;

/**
 * Of how many partitions the primaries are alive, as this node knows them: all of them, a majority,
 * or fewer. Fallbacks are not counted, and neither is whether a primary is complete.
 *
 * @param allPrimaries partitions of which every primary is alive
 * @param quorum partitions of which a majority of the primaries is alive, but not all
 * @param noQuorum partitions of which fewer are alive
 */
public record PartitionAvailability(int allPrimaries, int quorum, int noQuorum) {
  private static final PartitionAvailability NONE = new PartitionAvailability(0, 0, 0);

  static PartitionAvailability of(Ring ring, int n, Set<UUID> alive) {
    int all = 0;
    int quorum = 0;
    for (int partition = 0; partition < ring.partitions(); partition++) {
      List<UUID> primaries = ring.preferenceList(partition, n);
      int live = 0;
      for (UUID primary : primaries) {
        live += alive.contains(primary) ? 1 : 0;
      }
      if (live == primaries.size()) {
        all++;
      } else if (live > primaries.size() / 2) {
        quorum++;
      }
    }
    return new PartitionAvailability(all, quorum, ring.partitions() - all - quorum);
  }

  /** Counts again only where the ring, the number of replicas or the live members have changed. */
  static final class Cache {
    private long ringHash;
    private int n;
    private Set<UUID> alive = Set.of();
    private PartitionAvailability counted = NONE;

    PartitionAvailability get(Ring ring, int replicas, Set<UUID> present) {
      if (!ring.founded()) {
        return NONE;
      }
      if (ring.hash() != ringHash || replicas != n || !present.equals(alive)) {
        ringHash = ring.hash();
        n = replicas;
        alive = new HashSet<>(present);
        counted = of(ring, replicas, alive);
      }
      return counted;
    }
  }
}
