package starling.node.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import starling.node.sim.History.Write;

/**
 * Judges a key of a bucket where the last writer wins and all quorums meet: an acknowledged write
 * is never beaten by one that was acknowledged before it was sent, at most one value stands, and a
 * key is empty only if some delete may have come after every value.
 */
final class LastWriterOracle {
  private LastWriterOracle() {}

  static List<String> judge(History history, String key, Set<Integer> standing) {
    List<String> wrong = new ArrayList<>();
    if (standing.size() > 1) {
      wrong.add("several values stand: " + standing);
    }
    List<Write> writes = history.writesOf(key);
    for (Write write : writes) {
      if (write.acknowledged() && !mayBeBeaten(write, writes, standing)) {
        wrong.add("beaten by what is older: " + write + " by " + standing);
      }
    }
    for (Write write : writes) {
      if (standing.contains(write.token) && (write.delete || write.fate == History.Fate.REFUSED)) {
        wrong.add("phantom: " + write);
      }
    }
    return wrong;
  }

  /** Whether it stands itself, or what stands may have been written at the same time or later. */
  private static boolean mayBeBeaten(Write write, List<Write> writes, Set<Integer> standing) {
    for (Write other : writes) {
      boolean there = standing.isEmpty() ? other.delete : standing.contains(other.token);
      boolean happened = other.fate != History.Fate.REFUSED;
      if (there && happened && (other == write || other.ended > write.begun)) {
        return true;
      }
    }
    return false;
  }
}
