package starling.node.coordinator;

import java.util.Set;
import starling.node.version.Siblings;

/**
 * What must hold of a key for a write to be carried out. Judged once, on the join of enough
 * primaries, and the write then claims exactly what was judged. Two that pass together become
 * siblings: this is advice under concurrency, not a lock.
 */
public sealed interface Condition {
  Condition NONE = new None();
  Condition ABSENT = new Absent();
  Condition PRESENT = new Present();

  /** Whether the judged set satisfies the condition. */
  boolean holds(Siblings judged);

  /** No condition. */
  record None() implements Condition {
    @Override
    public boolean holds(Siblings judged) {
      return true;
    }
  }

  /** Nothing but tombstones may stand. */
  record Absent() implements Condition {
    @Override
    public boolean holds(Siblings judged) {
      return judged.values().isEmpty();
    }
  }

  /** Some value must stand. */
  record Present() implements Condition {
    @Override
    public boolean holds(Siblings judged) {
      return !judged.values().isEmpty();
    }
  }

  /** A value must stand and the set's version hash be one of these. */
  record Matches(Set<Long> hashes) implements Condition {
    @Override
    public boolean holds(Siblings judged) {
      return !judged.values().isEmpty() && hashes.contains(judged.hash());
    }
  }
}
