package starling.node.sim.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.node.sim.check.Finding.Kind;
import starling.node.sim.workload.History;
import starling.node.sim.workload.History.View;
import starling.node.sim.workload.History.Write;

/**
 * Judges a key of a bucket where the last writer wins: an acknowledged write is never beaten by one
 * that was acknowledged before it was sent if both have met on a primary, at most one value stands,
 * and a key is empty only if some delete may have come after every value.
 */
final class LastWriterOracle {
  private LastWriterOracle() {}

  static List<Finding> findings(History history, View view, String key, Set<Integer> standing) {
    List<Finding> wrong = new ArrayList<>(FrontierOracle.noPhantom(history, view, key, standing));
    if (!wrong.isEmpty()) {
      return wrong;
    }
    if (standing.size() > 1) {
      wrong.add(new Finding(Kind.SEVERAL_VALUES, null, null, "several values stand: " + standing));
    }
    List<Write> there = new ArrayList<>();
    for (Write write : history.writesOf(key)) {
      boolean stands = standing.isEmpty() ? write.delete : standing.contains(write.token);
      if (stands && view.mayHaveHappened(write)) {
        there.add(write);
      }
    }
    for (Write write : history.writesOf(key)) {
      if (view.acknowledged(write)) {
        Write by = beaten(history, write, there);
        if (by != null || there.isEmpty()) {
          wrong.add(
              new Finding(
                  Kind.BEATEN, write, by, "beaten by what is older: " + write + " by " + standing));
        }
      }
    }
    return wrong;
  }

  /** The latest of what stands, if all of it is older than the write; else null. */
  private static @Nullable Write beaten(History history, Write write, List<Write> there) {
    Write latest = null;
    for (Write stands : there) {
      boolean older =
          history.effectBy(stands) <= write.begun && stands.promise.meets(write.promise);
      if (!older) {
        return null;
      }
      if (latest == null || history.effectBy(stands) > history.effectBy(latest)) {
        latest = stands;
      }
    }
    return latest;
  }
}
