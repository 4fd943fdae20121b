package starling.node.replica;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * The metadata of a hint: the primaries that lack the set, and those that hold it already. Its age
 * removes nothing: a long outage of a primary, or a jump of a clock, says nothing about the copies.
 *
 * @param primaries the targets, in the order of their ids, none twice; empty for a set of the
 *     node's own
 * @param holders primaries that have confirmed that they durably hold exactly this set; none after
 *     a change of the set
 * @param sinceMillis wall clock of this node when the oldest write in the hint came
 */
public record Hint(List<UUID> primaries, List<UUID> holders, long sinceMillis) {
  /** The metadata of a set that is no hint. */
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
   * The metadata of a join of two sets: for all primaries of either, since the earlier of the two.
   * No primary is known to hold the join.
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
   * The hint after these primaries have the set too. A hint stays until every present primary of
   * its key holds the set: once its targets have it, the other primaries are its targets, if any
   * lacks it.
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

  /** The hint once exactly these are known to hold the set. */
  public Hint heldByNoMoreThan(Collection<UUID> now, List<UUID> present) {
    return new Hint(primaries, List.of(), sinceMillis).heldBy(now, present);
  }

  /** The rest of a debt: the present primaries among those that missed it, without these. */
  public Hint paidTo(Collection<UUID> more, List<UUID> present) {
    List<UUID> left = new ArrayList<>(primaries);
    left.retainAll(present);
    left.removeAll(more);
    return left.isEmpty() ? NONE : new Hint(left, List.of(), sinceMillis);
  }

  /** The present primaries that are its targets now. */
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
