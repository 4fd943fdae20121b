package starling.node.request;

import java.util.Set;
import starling.node.version.Siblings;

/**
 * A condition on the key's state for a write. The coordinator evaluates it once, on the join of
 * enough primaries, and the write replaces exactly that state. Two concurrent writes whose
 * conditions hold become siblings: a condition is no lock.
 */
public sealed interface Condition {
  Condition NONE = new None();
  Condition ABSENT = new Absent();
  Condition PRESENT = new Present();

  /** Whether the judged set satisfies the condition. */
  boolean holds(Siblings judged);

  /**
   * How many complete primaries a condition needs: as many as intersect every write that was
   * acknowledged under the bucket's own w and pw, or under those of the request if they are lower.
   * A higher w of this request does not change earlier writes.
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

  /** The set must hold nothing but tombstones. */
  record Absent() implements Condition {
    @Override
    public boolean holds(Siblings judged) {
      return judged.values().isEmpty();
    }
  }

  /** The set must hold a value. */
  record Present() implements Condition {
    @Override
    public boolean holds(Siblings judged) {
      return !judged.values().isEmpty();
    }
  }

  /** The set must hold a value, and its version hash must be one of these. */
  record Matches(Set<Long> hashes) implements Condition {
    @Override
    public boolean holds(Siblings judged) {
      return !judged.values().isEmpty() && hashes.contains(judged.hash());
    }
  }
}
