package starling.gossip.cluster;

import java.util.UUID;

/**
 * The identity of a cluster: drawn once, at its founding, and carried in every later message.
 *
 * @param id random
 * @param foundedMillis wall clock of the founder at the founding
 * @param founder id of the node that founded it
 */
public record ClusterIdentity(UUID id, long foundedMillis, UUID founder) {
  public ClusterIdentity {
    if (foundedMillis < 0) {
      throw new IllegalArgumentException("founded at " + foundedMillis + " ms");
    }
  }

  /** Whether this cluster was founded after the other; equal times are ordered by id. */
  public boolean laterThan(ClusterIdentity other) {
    int byTime = Long.compare(foundedMillis, other.foundedMillis);
    return byTime != 0 ? byTime > 0 : id.compareTo(other.id) > 0;
  }
}
