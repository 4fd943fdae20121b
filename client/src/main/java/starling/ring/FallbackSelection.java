package starling.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Pairs the primaries that are not alive with their fallbacks: first within a zone, so that a
 * second failure elsewhere does not shuffle the pairs that exist, then in the order of the list.
 */
final class FallbackSelection {
  private FallbackSelection() {}

  /**
   * @param present the nodes that serve the partition while the dead are away: live primaries and
   *     their fallbacks, padded with -1
   * @param zoneOfLive by node: its zone, negative if it is not alive
   */
  static List<Fallback> pair(
      Ring ring, int partition, PreferenceLists lists, int[] present, int[] zoneOfLive) {
    List<Integer> absent = new ArrayList<>();
    for (int place = 0; place < lists.width(); place++) {
      int node = lists.node(partition, place);
      if (zoneOfLive[node] < 0) {
        absent.add(node);
      }
    }
    List<Integer> fresh = new ArrayList<>();
    for (int node : present) {
      if (node >= 0 && !lists.contains(partition, node)) {
        fresh.add(node);
      }
    }
    List<Fallback> pairs = new ArrayList<>();
    pairUp(ring, absent, fresh, true, pairs);
    pairUp(ring, absent, fresh, false, pairs);
    return List.copyOf(pairs);
  }

  private static void pairUp(
      Ring ring,
      List<Integer> absent,
      List<Integer> fresh,
      boolean sameZoneOnly,
      List<Fallback> pairs) {
    absent.removeIf(
        primary -> {
          for (Integer node : fresh) {
            if (!sameZoneOnly || zone(ring, node).equals(zone(ring, primary))) {
              pairs.add(new Fallback(id(ring, node), id(ring, primary)));
              fresh.remove(node);
              return true;
            }
          }
          return false;
        });
  }

  private static String zone(Ring ring, int node) {
    return ring.nodes().get(node).zone();
  }

  private static UUID id(Ring ring, int node) {
    return ring.nodes().get(node).id();
  }
}
