package starling.node.topology;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A newcomer of a moving list and the member whose place it takes: it walks that member's partition
 * (PROTOCOL P30).
 *
 * @param newcomer in the new list only
 * @param member in the old list only
 * @param since the record that paired them: a walk counts if the member had entered it
 */
public record Pairing(UUID newcomer, UUID member, long since) {
  /**
   * Pairs the newcomers of a list with its leavers, in the order of the lists. Pairs of the same
   * move towards an earlier list stay, so that walks under it count. Empty where the lists differ
   * in length: then every newcomer walks all of the old list.
   */
  static List<Pairing> of(
      List<UUID> from, List<UUID> to, List<Pairing> earlier, long recordNumber) {
    if (from.size() != to.size()) {
      return List.of();
    }
    List<UUID> newcomers = new ArrayList<>(to);
    newcomers.removeAll(from);
    List<UUID> leavers = new ArrayList<>(from);
    leavers.removeAll(to);
    List<Pairing> pairs = new ArrayList<>();
    for (Pairing each : earlier) {
      if (newcomers.contains(each.newcomer) && leavers.contains(each.member)) {
        newcomers.remove(each.newcomer);
        leavers.remove(each.member);
        pairs.add(each);
      }
    }
    for (int i = 0; i < newcomers.size(); i++) {
      pairs.add(new Pairing(newcomers.get(i), leavers.get(i), recordNumber));
    }
    return List.copyOf(pairs);
  }
}
