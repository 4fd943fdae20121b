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
   * Pairs the newcomers of a list with its leavers, in the order of the lists. Empty where the
   * lists differ in length: then every newcomer walks all of the old list.
   *
   * <p>Pairs of the same move towards an earlier list stay as they are, so that walks under it
   * count, but only if all of them stay. A write under the earlier list may have been counted on
   * the newcomer that goes: it reached W in L and in L′, and need not reach W in L″ by a walk that
   * ended before it. History: L = A B C, L′ = D E C, D has walked A; a write is stored by A and C,
   * and by E and C; L″ = D B C: a read of D and B misses it. So then every newcomer walks again,
   * once its source has entered this record. PROTOCOL P29 does not make that difference.
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
    boolean allStay =
        earlier.stream()
            .allMatch(each -> newcomers.contains(each.newcomer) && leavers.contains(each.member));
    for (Pairing each : allStay ? earlier : List.<Pairing>of()) {
      newcomers.remove(each.newcomer);
      leavers.remove(each.member);
      pairs.add(each);
    }
    for (int i = 0; i < newcomers.size(); i++) {
      pairs.add(new Pairing(newcomers.get(i), leavers.get(i), recordNumber));
    }
    return List.copyOf(pairs);
  }
}
