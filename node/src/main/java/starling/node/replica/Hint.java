package starling.node.replica;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * For whom a node keeps a set that is not its own to keep: the primaries it stands in for, and
 * since when. A hint stands in for each of them until that one has taken the set, or nobody knows
 * it to be a primary any more.
 *
 * @param primaries in the order of their ids, none twice; empty for a set the node keeps for itself
 * @param sinceMillis wall clock of this node when the oldest of what the set holds for others came
 */
record Hint(List<UUID> primaries, long sinceMillis) {
  /** The mark of a set that a node keeps for itself. */
  static final Hint NONE = new Hint(List.of(), 0);

  Hint {
    List<UUID> sorted = new ArrayList<>(primaries);
    Collections.sort(sorted);
    primaries = sorted.stream().distinct().toList();
  }

  static Hint of(UUID primary, long nowMillis) {
    return new Hint(List.of(primary), nowMillis);
  }

  boolean none() {
    return primaries.isEmpty();
  }

  /** Stands in for all that either does, since the earlier of the two. */
  Hint join(Hint other) {
    if (other.none() || equals(other)) {
      return this;
    }
    if (none()) {
      return other;
    }
    List<UUID> all = new ArrayList<>(primaries);
    all.addAll(other.primaries);
    return new Hint(all, Math.min(sinceMillis, other.sinceMillis));
  }

  /** Stands in for this one no longer. */
  Hint without(UUID primary) {
    List<UUID> rest = new ArrayList<>(primaries);
    return rest.remove(primary) ? rest.isEmpty() ? NONE : new Hint(rest, sinceMillis) : this;
  }
}
