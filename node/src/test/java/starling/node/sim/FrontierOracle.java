package starling.node.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import starling.node.sim.History.View;
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
 *       value was acknowledged, replaced on its quorum, where no copy is ever destroyed.
 *   <li><em>Torn past</em>: a value stands beside one whose write had seen it.
 * </ol>
 *
 * <p>One pass over the writes of the key; tokens stand for states.
 */
final class FrontierOracle {
  private FrontierOracle() {}

  /** What is wrong with these tokens standing under a key at the end; empty if nothing is. */
  static List<String> judge(History history, String key, Set<Integer> standing) {
    return judge(history, View.END, key, standing);
  }

  /** What is wrong with a read that shows these tokens. */
  static List<String> judge(History history, View view, String key, Set<Integer> standing) {
    List<String> wrong = new ArrayList<>(noPhantom(history, view, key, standing));
    if (!wrong.isEmpty()) {
      return wrong;
    }
    wrong.addAll(noTornPast(history, standing));
    Write latestBlind = null;
    List<Write> writes = history.writesOf(key);
    for (Write write : writes) {
      if (!view.acknowledged(write)) {
        continue;
      }
      if (!write.blind) {
        for (int token : write.seen) {
          if (token != write.token
              && standing.contains(token)
              && !history.write(token).perhapsTwice) {
            wrong.add(
                "resurrected: " + history.write(token) + " stands, and was replaced by " + write);
          }
        }
      } else if (write.quorum && history.quorumsMeet()) {
        latestBlind = write;
      }
    }
    for (int token : standing) {
      Write other = history.write(token);
      if (latestBlind != null
          && other.token != latestBlind.token
          && other.quorum
          && !other.perhapsTwice
          && view.acknowledged(other)
          && other.ended < latestBlind.begun) {
        wrong.add("false sibling: " + other + " stands beside the later " + latestBlind);
      }
    }
    BitSet accounted = accounted(history, view, key, standing);
    for (Write write : writes) {
      if (view.acknowledged(write) && !accounted.get(write.token)) {
        wrong.add("lost: " + write);
      }
    }
    return wrong;
  }

  /** Every value was written by somebody, under this key, and was not refused. */
  static List<String> noPhantom(
      History history, View view, String key, Collection<Integer> standing) {
    List<String> wrong = new ArrayList<>();
    for (int token : standing) {
      Write write = history.write(token);
      if (write == null || write.delete || !write.key.equals(key) || !view.mayHaveHappened(write)) {
        wrong.add("phantom: " + token + " stands under " + key);
      }
    }
    return wrong;
  }

  /** Whoever stands has replaced what its writer had seen, in every set it stands in. */
  static List<String> noTornPast(History history, Set<Integer> standing) {
    List<String> wrong = new ArrayList<>();
    for (int token : standing) {
      Write write = history.write(token);
      for (int before : write.seen) {
        if (!write.blind
            && before != token
            && standing.contains(before)
            && !history.write(before).perhapsTwice) {
          wrong.add("torn past: " + history.write(before) + " stands beside " + write);
        }
      }
    }
    return wrong;
  }

  /**
   * Which writes need no further account: one that stands, or that one which is accounted for had
   * seen, or that a blind one may have found. Deletes and writes of unknown fate may be what
   * replaced others, if they may have happened at all; they need no account themselves unless
   * acknowledged.
   */
  static BitSet accounted(History history, View view, String key, Set<Integer> standing) {
    List<Write> writes = history.writesOf(key);
    BitSet accounted = new BitSet();
    Deque<Write> todo = new ArrayDeque<>();
    for (Write write : writes) {
      if (view.mayHaveHappened(write) && (write.delete || standing.contains(write.token))) {
        accounted.set(write.token);
        todo.add(write);
      }
    }
    // Writes are in the order of their beginnings: a blind one accounts for all up to some place.
    int next = 0;
    while (!todo.isEmpty()) {
      Write by = todo.poll();
      if (by.blind) {
        long until = history.effectBy(by);
        for (; next < writes.size() && writes.get(next).begun < until; next++) {
          account(view, writes.get(next), accounted, todo);
        }
      } else {
        for (int token : by.seen) {
          account(view, history.write(token), accounted, todo);
        }
      }
    }
    return accounted;
  }

  private static void account(View view, Write write, BitSet accounted, Deque<Write> todo) {
    if (view.mayHaveHappened(write) && !accounted.get(write.token)) {
      accounted.set(write.token);
      todo.add(write);
    }
  }
}
