package starling.loadgen.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import starling.loadgen.check.Finding.Kind;

/**
 * Everything that clients did to one key, and the judgement of what a read shows. It trusts no
 * clock and no version of the store: causality is what reads showed. Each write has a number, which
 * its value carries.
 *
 * <ol>
 *   <li><em>Lost</em>: an acknowledged write may be gone only if a write that may have happened had
 *       seen it, or one that had seen that one, and so on: the frontier. A write without a context
 *       replaces what its quorum holds, so it accounts for all writes that began before it ended.
 *   <li><em>Invented</em>: each value was written by a client, and its write was not rejected.
 *   <li><em>Returned</em>: no value stands that a write with a context had seen, if that write was
 *       acknowledged or stands itself. A write without a context that was sent several times is
 *       exempt: the cluster may have made two events of it, as its guarantees say.
 * </ol>
 *
 * <p>Thread-safe.
 */
final class KeyHistory {
  private final String key;
  private final List<Write> writes = new ArrayList<>();
  private long step;
  private boolean stood;

  KeyHistory(String key) {
    this.key = key;
  }

  String key() {
    return key;
  }

  synchronized int size() {
    return writes.size();
  }

  /** A write or delete is about to be sent; its number. */
  synchronized int begin(boolean delete, boolean blind, Set<Integer> seen) {
    Write write = new Write(writes.size(), delete, blind, seen, step++);
    writes.add(write);
    return write.id;
  }

  /**
   * A write has ended.
   *
   * @param repeated whether it was sent several times
   */
  synchronized void ended(int id, Write.State state, boolean repeated) {
    Write write = writes.get(id);
    write.state = state;
    write.repeated = repeated;
    write.ended = step++;
  }

  /** How many writes are acknowledged. */
  synchronized long acknowledged() {
    return writes.stream().filter(Write::acknowledged).count();
  }

  /** Values that no client wrote; the first judgement of every read. */
  synchronized List<Finding> invented(Collection<Integer> shown) {
    List<Finding> findings = new ArrayList<>();
    for (int id : shown) {
      Write write = id < 0 || id >= writes.size() ? null : writes.get(id);
      if (write == null || write.delete || !write.mayHaveHappened()) {
        findings.add(
            new Finding(
                Kind.INVENTED,
                "under " + key + " stands " + (write == null ? "number " + id : write.toString())));
      }
    }
    return findings;
  }

  /**
   * What of these writes a read does not account for.
   *
   * @param known acknowledged writes and shown ones that the session of the read knows
   */
  synchronized List<Finding> forgotten(Collection<Integer> shown, Collection<Integer> known) {
    if (shown.containsAll(known)) {
      return List.of();
    }
    BitSet accounted = accounted(shown);
    List<Finding> findings = new ArrayList<>();
    for (int id : known) {
      if (!accounted.get(id)) {
        findings.add(
            new Finding(
                Kind.FORGOTTEN,
                "a session that knew " + writes.get(id) + ", was shown " + shown + " of " + key));
      }
    }
    return findings;
  }

  /** Whether a value may stand under the key, or may have stood. */
  synchronized boolean mayHold() {
    return writes.stream().anyMatch(write -> !write.delete && write.mayHaveHappened());
  }

  /** Whether the last complete read found a value. */
  synchronized boolean stood() {
    return stood;
  }

  /** What is wrong with a complete read after all writes have ended. */
  synchronized List<Finding> judge(Collection<Integer> standing) {
    stood = !standing.isEmpty();
    List<Finding> findings = new ArrayList<>(invented(standing));
    if (!findings.isEmpty()) {
      return findings;
    }
    BitSet accounted = accounted(standing);
    for (Write write : writes) {
      if (write.acknowledged() && !accounted.get(write.id)) {
        findings.add(new Finding(Kind.LOST, "under " + key + " is no more " + write));
      }
    }
    BitSet replaced = replaced(standing);
    for (int id : new TreeSet<>(standing)) {
      Write write = writes.get(id);
      if (replaced.get(id) && !(write.blind && write.repeated)) {
        findings.add(
            new Finding(
                Kind.RETURNED, "under " + key + " stands " + write + ", which was replaced"));
      }
    }
    return findings;
  }

  /** Writes that stand, and all that they may have replaced; deletes leave nothing to see. */
  private BitSet accounted(Collection<Integer> standing) {
    BitSet accounted = new BitSet(writes.size());
    Deque<Write> todo = new ArrayDeque<>();
    for (Write write : writes) {
      if (write.mayHaveHappened() && (write.delete || standing.contains(write.id))) {
        accounted.set(write.id);
        todo.add(write);
      }
    }
    int next = 0;
    while (!todo.isEmpty()) {
      Write by = todo.removeLast();
      if (by.blind) {
        // Writes are in the order of their beginnings. One of unknown outcome may happen later.
        long until = by.acknowledged() ? by.ended : Long.MAX_VALUE;
        for (; next < writes.size() && writes.get(next).begun < until; next++) {
          add(writes.get(next), accounted, todo);
        }
      } else {
        by.seen.forEach(id -> add(writes.get(id), accounted, todo));
      }
    }
    return accounted;
  }

  private static void add(Write write, BitSet accounted, Deque<Write> todo) {
    if (write.mayHaveHappened() && !accounted.get(write.id)) {
      accounted.set(write.id);
      todo.add(write);
    }
  }

  /** Writes that a write which surely happened had seen, and what those had seen, and so on. */
  private BitSet replaced(Collection<Integer> standing) {
    BitSet replaced = new BitSet(writes.size());
    Deque<Write> todo = new ArrayDeque<>();
    for (Write write : writes) {
      if (write.acknowledged() || standing.contains(write.id)) {
        todo.add(write);
      }
    }
    while (!todo.isEmpty()) {
      Write by = todo.removeLast();
      for (int id : by.blind ? Set.<Integer>of() : by.seen) {
        if (!replaced.get(id)) {
          replaced.set(id);
          todo.add(writes.get(id));
        }
      }
    }
    return replaced;
  }
}
