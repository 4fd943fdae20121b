package starling.node.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import starling.node.sim.History.View;
import starling.node.sim.History.Write;

/**
 * Judges a key of a bucket where the last writer wins and all quorums meet: an acknowledged write
 * is never beaten by one that was acknowledged before it was sent, at most one value stands, and a
 * key is empty only if some delete may have come after every value.
 */
final class LastWriterOracle {
  private LastWriterOracle() {}

  static List<String> judge(History history, View view, String key, Set<Integer> standing) {
    List<String> wrong = new ArrayList<>(FrontierOracle.noPhantom(history, view, key, standing));
    if (standing.size() > 1) {
      wrong.add("several values stand: " + standing);
    }
    List<Write> writes = history.writesOf(key);
    // What stands was written at the latest by then.
    long latest = Long.MIN_VALUE;
    for (Write write : writes) {
      boolean there = standing.isEmpty() ? write.delete : standing.contains(write.token);
      if (there && view.mayHaveHappened(write)) {
        latest = Math.max(latest, history.effectBy(write));
      }
    }
    for (Write write : writes) {
      if (view.acknowledged(write) && write.begun >= latest) {
        wrong.add("beaten by what is older: " + write + " by " + standing);
      }
    }
    return wrong;
  }
}
