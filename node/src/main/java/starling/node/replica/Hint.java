package starling.node.replica;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * For which primaries a node keeps a set that they lack, and which hold it already. Its age removes
 * nothing: that a primary is away for long, or that a clock jumped, says nothing about the copies.
 *
 * @param primaries those it is brought to, in the order of their ids, none twice; empty for a set
 *     that is kept for no other node
 * @param holders primaries that have said that they durably hold exactly this set; a set that has
 *     changed has none
 * @param sinceMillis wall clock of this node when the oldest of what the set holds for others came
 */
public record Hint(List<UUID> primaries, List<UUID> holders, long sinceMillis) {
  /** The marks of a set that is kept for no other node. */
  public static final Hint NONE = new Hint(List.of(), List.of(), 0);

  public Hint {
    primaries = sorted(primaries);
    holders = sorted(holders);
  }

  private static List<UUID> sorted(List<UUID> ids) {
    if (ids.size() < 2) {
      return List.copyOf(ids);
    }
    List<UUID> sorted = new ArrayList<>(ids);
    Collections.sort(sorted);
    return sorted.stream().distinct().toList();
  }

  public static Hint of(UUID primary, long nowMillis) {
    return new Hint(List.of(primary), List.of(), nowMillis);
  }

  public boolean none() {
    return primaries.isEmpty();
  }

  /**
   * The marks of a join of two sets: for all primaries of either, since the earlier of the two. No
   * primary is known to hold the join.
   */
  public Hint join(Hint other) {
    if (other.none()) {
      return none() ? NONE : new Hint(primaries, List.of(), sinceMillis);
    }
    if (none()) {
      return new Hint(other.primaries, List.of(), other.sinceMillis);
    }
    List<UUID> all = new ArrayList<>(primaries);
    all.addAll(other.primaries);
    return new Hint(all, List.of(), Math.min(sinceMillis, other.sinceMillis));
  }

  /**
   * What is left once these hold the set too. A hint is kept until every present primary of its key
   * holds the set: when those it was kept for have it, it is for the others, if any.
   *
   * @param present the primaries of the key under the ring in force, up or down
   * @return {@link #NONE} when no present primary lacks the set
   */
  public Hint heldBy(Collection<UUID> more, List<UUID> present) {
    List<UUID> held = new ArrayList<>(holders);
    held.addAll(more);
    held.retainAll(present);
    List<UUID> wanted = wanted(held, present);
    return wanted.isEmpty() ? NONE : new Hint(wanted, held, sinceMillis);
  }

  /** What is left once it is known that these hold the set, and of no other. */
  public Hint heldByNoMoreThan(Collection<UUID> now, List<UUID> present) {
    return new Hint(primaries, List.of(), sinceMillis).heldBy(now, present);
  }

  /** What is left of a debt: the present primaries among those that missed it, without these. */
  public Hint paidTo(Collection<UUID> more, List<UUID> present) {
    List<UUID> left = new ArrayList<>(primaries);
    left.retainAll(present);
    left.removeAll(more);
    return left.isEmpty() ? NONE : new Hint(left, List.of(), sinceMillis);
  }

  /** The present primaries that it is to be brought to now. */
  public List<UUID> wanted(List<UUID> present) {
    return wanted(holders, present);
  }

  private List<UUID> wanted(List<UUID> held, List<UUID> present) {
    List<UUID> lacking = new ArrayList<>(present);
    lacking.removeAll(held);
    List<UUID> named = new ArrayList<>(lacking);
    named.retainAll(primaries);
    return named.isEmpty() ? lacking : named;
  }
}
