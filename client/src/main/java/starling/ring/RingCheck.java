package starling.ring;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The check that every proposed ring must pass: each partition has an owner, and its preference
 * list names as many distinct nodes as are wanted, or all there are, in as many distinct zones as
 * that allows. It counts afresh and does not trust the code that made the ring.
 *
 * <p>Only proposals are rejected. A ring that results from a merge is used as it is, with shorter
 * lists if need be; the result of this check is then an alarm.
 */
public final class RingCheck {
  private RingCheck() {}

  /** Why a ring must not be used for {@code n} replicas, naming the partition; empty if it may. */
  public static Optional<String> refusal(Ring ring, int n) {
    if (!ring.founded()) {
      return Optional.of("the ring has no partitions");
    }
    Set<String> zones = new HashSet<>();
    ring.nodes().forEach(node -> zones.add(node.zone()));
    int wantedNodes = Math.min(n, ring.nodes().size());
    int wantedZones = Math.min(wantedNodes, zones.size());
    for (int partition = 0; partition < ring.partitions(); partition++) {
      if (ring.owner(partition) < 0) {
        return Optional.of("partition " + partition + " has no owner");
      }
      List<UUID> list = ring.preferenceList(partition, n);
      int nodes = new HashSet<>(list).size();
      if (nodes < wantedNodes || nodes < list.size()) {
        return Optional.of(
            String.format(
                "partition %d has %d distinct nodes where %d are wanted: %s",
                partition, nodes, wantedNodes, list));
      }
      Set<String> found = new HashSet<>();
      list.forEach(id -> found.add(ring.nodes().get(ring.indexOf(id)).zone()));
      if (found.size() < wantedZones) {
        return Optional.of(
            String.format(
                "partition %d lies in %d zones where %d are wanted: %s",
                partition, found.size(), wantedZones, found));
      }
    }
    return Optional.empty();
  }
}
