package starling.node.topology;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The open move of one partition.
 *
 * @param layout the layout of the new list
 * @param step {@link ListStep#COPYING} or {@link ListStep#FLIPPED}
 * @param pairings by number of replicas in use: newcomers and the members they replace
 */
public record ListMove(long layout, ListStep step, SortedMap<Integer, List<Pairing>> pairings) {
  public ListMove {
    if (step == ListStep.SETTLED) {
      throw new IllegalArgumentException("a settled partition does not move");
    }
    pairings = Collections.unmodifiableSortedMap(new TreeMap<>(pairings));
  }

  ListMove flipped() {
    return new ListMove(layout, ListStep.FLIPPED, pairings);
  }

  /** The pairs for n replicas; empty where every newcomer walks all of the old list. */
  public List<Pairing> pairings(int replicas) {
    return pairings.getOrDefault(replicas, List.of());
  }
}
