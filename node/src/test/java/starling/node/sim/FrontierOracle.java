package starling.node.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import starling.node.sim.History.Write;

/**
 * Judges what is found under a key against everything clients did to it. It builds causality from
 * what reads showed, without trusting any clock or vector of the store.
 *
 * <ol>
 *   <li><em>Lost</em>: an acknowledged write is gone that nothing standing can have replaced.
 *   <li><em>Phantom</em>: a value stands that nobody wrote, or whose write was refused in words.
 *   <li><em>Resurrected</em>: a value stands that an acknowledged write had seen, and so replaced.
 *   <li><em>False sibling</em>: a value stands that an acknowledged blind write, begun after the
 *       value was acknowledged, replaced on its quorum.
 * </ol>
 *
 * <p>Linear passes over the writes of one key; sets of tokens stand for states.
 */
final class FrontierOracle {
  private FrontierOracle() {}

  /** What is wrong with these tokens standing under a key at the end; empty if nothing is. */
  static List<String> judge(History history, String key, Set<Integer> standing) {
    List<Write> writes = history.writesOf(key);
    List<String> wrong = new ArrayList<>();
    Set<Integer> mayStand = new HashSet<>();
    for (Write write : writes) {
      if (!write.delete && write.fate != History.Fate.REFUSED) {
        mayStand.add(write.token);
      }
    }
    for (int token : standing) {
      if (!mayStand.contains(token)) {
        wrong.add("phantom: " + token + " stands under " + key);
      }
    }
    for (Write write : writes) {
      if (!write.acknowledged()) {
        continue;
      }
      for (Write other : writes) {
        if (other.token == write.token || !standing.contains(other.token)) {
          continue;
        }
        if (!write.blind && write.seen.contains(other.token)) {
          wrong.add("resurrected: " + other + " stands, and was replaced by " + write);
        } else if (write.blind
            && write.quorum
            && other.quorum
            && other.acknowledged()
            && other.ended < write.begun) {
          wrong.add("false sibling: " + other + " stands beside the later " + write);
        }
      }
    }
    wrong.addAll(lost(writes, standing));
    return wrong;
  }

  /**
   * A write is accounted for if it stands, or if one that is accounted for had seen it, or was
   * blind and may have found it. Deletes and writes of unknown fate may be what replaced others, if
   * they may have happened at all; they need no account themselves unless acknowledged.
   */
  private static List<String> lost(List<Write> writes, Set<Integer> standing) {
    Set<Integer> accounted = new HashSet<>();
    Deque<Write> todo = new ArrayDeque<>();
    for (Write write : writes) {
      boolean happened = write.fate != History.Fate.REFUSED;
      if (happened && (standing.contains(write.token) || write.delete)) {
        accounted.add(write.token);
        todo.add(write);
      }
    }
    while (!todo.isEmpty()) {
      Write by = todo.poll();
      for (Write other : writes) {
        if (accounted.contains(other.token) || other.fate == History.Fate.REFUSED) {
          continue;
        }
        boolean covers = by.blind ? by.ended > other.begun : by.seen.contains(other.token);
        if (covers) {
          accounted.add(other.token);
          todo.add(other);
        }
      }
    }
    List<String> lost = new ArrayList<>();
    for (Write write : writes) {
      if (write.acknowledged() && !accounted.contains(write.token)) {
        lost.add("lost: " + write);
      }
    }
    return lost;
  }
}
