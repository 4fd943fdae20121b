package starling.node.topology;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Which member walks whose partition before the new list may answer reads (PROTOCOL P30):
 *
 * <ul>
 *   <li>a newcomer walks the member whose place it takes; if that member is excluded, all other
 *       members of the old list that are not, which must be a majority of it;
 *   <li>if the new list is longer, each newcomer walks all of the old list;
 *   <li>if it is shorter, each member that stays walks all that go.
 * </ul>
 */
public final class Walks {
  private final Map<UUID, List<UUID>> sources = new LinkedHashMap<>();
  private final boolean enough;

  /**
   * @param from the old list
   * @param to the new list
   * @param pairings who takes whose place, where the lists are equally long
   * @param excluded members that cannot be a source: banned ones, and incomplete ones (P24)
   */
  public Walks(List<UUID> from, List<UUID> to, List<Pairing> pairings, Set<UUID> excluded) {
    List<UUID> usable = new ArrayList<>(from);
    usable.removeAll(excluded);
    boolean needsMajority = false;
    if (from.size() == to.size()) {
      for (Pairing each : pairings) {
        boolean gone = excluded.contains(each.member());
        needsMajority |= gone;
        sources.put(each.newcomer(), gone ? List.copyOf(usable) : List.of(each.member()));
      }
    } else {
      List<UUID> leaving = new ArrayList<>(usable);
      leaving.removeAll(to);
      for (UUID id : to) {
        if (!from.contains(id)) {
          sources.put(id, List.copyOf(usable));
        } else if (to.size() < from.size()) {
          sources.put(id, List.copyOf(leaving));
        }
      }
      needsMajority = true;
    }
    this.enough = !needsMajority || usable.size() > from.size() / 2;
  }

  /** The members that each walker walks, by walker. */
  public Map<UUID, List<UUID>> sources() {
    return Map.copyOf(sources);
  }

  /** Whether the sources are as many as an acknowledged write needs to be found again. */
  public boolean enough() {
    return enough;
  }
}
