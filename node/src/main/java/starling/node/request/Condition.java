package starling.node.request;

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

  /**
   * How many complete primaries a condition is judged on: as many as meet every write that was
   * acknowledged under the bucket's own w and pw, or under those of the request if they ask for
   * less. A request that asks for more makes the earlier writes no better.
   *
   * @param request the bucket's properties with what the request sets
   */
  static int primaries(BucketProperties request, BucketProperties bucket) {
    int n = request.n();
    return Math.max(request.r().resolve(n), n - Math.min(taken(request, n), taken(bucket, n)) + 1);
  }

  private static int taken(BucketProperties properties, int n) {
    return Math.max(properties.w().resolve(n), properties.pw().resolve(n));
  }

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
