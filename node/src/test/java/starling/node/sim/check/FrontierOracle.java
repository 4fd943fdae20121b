package starling.node.sim.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import starling.node.sim.check.Finding.Kind;
import starling.node.sim.workload.History;
import starling.node.sim.workload.History.View;
import starling.node.sim.workload.History.Write;

/**
 * Judges what is found under a key against everything clients did to it. It builds causality from
 * what reads showed, without trusting any clock or vector of the store.
 *
 * <ol>
 *   <li><em>Lost</em>: an acknowledged write is gone that nothing standing can have replaced.
 *   <li><em>Phantom</em>: a value stands that no client wrote, or whose write was surely rejected.
 *   <li><em>Resurrected</em>: a value stands that an acknowledged write had seen, and so replaced.
 *   <li><em>False sibling</em>: a value stands that an acknowledged blind write, begun after the
 *       value was acknowledged, replaced on a primary that took both.
 *   <li><em>Torn past</em>: a value is a sibling of one whose write had seen it.
 * </ol>
 *
 * <p>One pass over the writes of the key; tokens stand for states. A finding says what is not
 * there; which findings no promise forbids is the matter of {@link Exemption}.
 */
public final class FrontierOracle {
  private FrontierOracle() {}

  /** What is wrong with these tokens standing under a key at the end; empty if nothing is. */
  public static List<String> judge(History history, String key, Set<Integer> standing) {
    return findings(history, View.END, key, standing, true).stream()
        .map(Finding::toString)
        .toList();
  }

  /**
   * What is wrong with an answer that shows these tokens.
   *
   * @param deletes whether a delete may have left a tombstone in what was looked at
   */
  static List<Finding> findings(
      History history, View view, String key, Set<Integer> standing, boolean deletes) {
    List<Finding> wrong = new ArrayList<>(noPhantom(history, view, key, standing));
    if (!wrong.isEmpty()) {
      return wrong;
    }
    wrong.addAll(noTornPast(history, standing));
    List<Write> writes = history.writesOf(key);
    List<Write> there = standing.stream().map(history::write).toList();
    // Most writes are older than all that stands: they can have replaced nothing of it.
    int lowest = Collections.min(standing.isEmpty() ? Set.of(Integer.MAX_VALUE) : standing);
    for (Write write : writes) {
      if (write.token <= lowest || !view.acknowledged(write)) {
        continue;
      }
      if (write.blind) {
        noFalseSibling(view, write, there, wrong);
      } else {
        for (Write back : there) {
          if (back != write && write.saw(back.token)) {
            wrong.add(
                new Finding(
                    Kind.RESURRECTED,
                    write,
                    back,
                    "resurrected: " + back + " stands, and was replaced by " + write));
          }
        }
      }
    }
    BitSet accounted = accounted(history, view, key, standing, deletes);
    for (Write write : writes) {
      if (view.acknowledged(write) && !accounted.get(write.token)) {
        wrong.add(new Finding(Kind.LOST, write, null, "lost: " + write));
      }
    }
    return wrong;
  }

  private static void noFalseSibling(
      View view, Write blind, List<Write> standing, List<Finding> wrong) {
    for (Write other : standing) {
      if (other != blind
          && view.acknowledged(other)
          && other.ended < blind.begun
          && other.promise.meets(blind.asked)) {
        wrong.add(
            new Finding(
                Kind.FALSE_SIBLING,
                blind,
                other,
                "false sibling: " + other + " is a sibling of the later " + blind));
      }
    }
  }

  /** Every value was written by somebody, under this key, and was not refused. */
  static List<Finding> noPhantom(
      History history, View view, String key, Collection<Integer> standing) {
    List<Finding> wrong = new ArrayList<>();
    for (int token : standing) {
      Write write = history.write(token);
      if (write == null || write.delete || !write.key.equals(key) || !view.mayHaveHappened(write)) {
        wrong.add(
            new Finding(Kind.PHANTOM, null, write, "phantom: " + token + " stands under " + key));
      }
    }
    return wrong;
  }

  /** A value that stands has replaced what its writer had seen, in every set that contains it. */
  static List<Finding> noTornPast(History history, Set<Integer> standing) {
    List<Finding> wrong = new ArrayList<>();
    for (int token : standing) {
      Write write = history.write(token);
      for (int before : standing) {
        if (!write.blind && before != token && write.saw(before)) {
          Write back = history.write(before);
          wrong.add(
              new Finding(
                  Kind.TORN_PAST, write, back, "torn past: " + back + " is a sibling of " + write));
        }
      }
    }
    return wrong;
  }

  /**
   * Which writes need no further account: one that stands, or that one which is accounted for had
   * seen, or that a blind one may have found. Deletes and writes of unknown outcome may be what
   * replaced others, if they may have happened at all; they need no account themselves unless
   * acknowledged.
   *
   * @param deletes whether a delete may have left a tombstone in what was looked at
   */
  public static BitSet accounted(
      History history, View view, String key, Set<Integer> standing, boolean deletes) {
    List<Write> writes = history.writesOf(key);
    Account account = new Account(view);
    for (Write write : writes) {
      account.open += view.mayHaveHappened(write) ? 1 : 0;
    }
    for (Write write : writes) {
      boolean there = write.delete ? deletes : standing.contains(write.token);
      if (there) {
        account.add(write);
      }
    }
    // Writes are in the order of their beginnings: a blind one accounts for all up to some place.
    int next = 0;
    while (account.open > 0 && !account.todo.isEmpty()) {
      // The latest first: it has seen most.
      Write by = account.todo.pollLast();
      if (by.blind) {
        long until = history.effectBy(by);
        for (; next < writes.size() && writes.get(next).begun < until; next++) {
          account.add(writes.get(next));
        }
      } else {
        for (int token : by.seen) {
          account.add(history.write(token));
        }
        if (!deletes && by.deletesSeenBy != Long.MIN_VALUE) {
          for (Write write : writes) {
            if (write.delete && write.begun < by.deletesSeenBy) {
              account.add(write);
            }
          }
        }
      }
    }
    return account.accounted;
  }

  /** What is accounted for so far. */
  private static final class Account {
    private final View view;
    private final BitSet accounted = new BitSet();
    private final Deque<Write> todo = new ArrayDeque<>();

    /** Writes that may have happened and have no account yet. */
    private int open;

    private Account(View view) {
      this.view = view;
    }

    private void add(Write write) {
      if (!accounted.get(write.token) && view.mayHaveHappened(write)) {
        accounted.set(write.token);
        todo.add(write);
        open--;
      }
    }
  }
}
