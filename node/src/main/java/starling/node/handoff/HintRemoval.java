package starling.node.handoff;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import starling.node.cluster.ClusterView;
import starling.node.peer.DeadlineWheel;
import starling.node.replica.DebtLedger;
import starling.node.replica.Hint;
import starling.node.replica.KeyOwner;
import starling.node.replica.StoredValue;
import starling.node.storage.Durability;
import starling.node.storage.Key;

/**
 * Removes hints whose set every present primary holds, and debts that were delivered. A set that
 * has changed since it was sent stays.
 */
final class HintRemoval {
  private static final int MAX_UNSURE = 1_024;

  /** Of their sets; a single longer set is held all the same. */
  private static final long MAX_UNSURE_BYTES = 4L << 20;

  private final ClusterView cluster;
  private final KeyOwner owner;
  private final DebtLedger debts;
  private final DeadlineWheel deadlines;
  private final HandoffCalls calls;

  /** Hints whose set each present primary has confirmed, not all of them just now. */
  private final Deque<SentHint> unsure = new ArrayDeque<>();

  /** Bytes of their sets. */
  private long unsureBytes;

  private boolean confirming;

  HintRemoval(HandoffParts parts, HandoffCalls calls) {
    this.cluster = parts.cluster();
    this.owner = parts.owner();
    this.debts = parts.debts();
    this.deadlines = parts.deadlines();
    this.calls = calls;
  }

  /**
   * Records in the hint which primaries hold the set, and removes a debt of such a primary; unless
   * the set has changed since. If every present primary has confirmed the set, the earlier ones are
   * asked again before the hint is removed.
   */
  void release(SentHint sent) {
    release(sent, false);
  }

  /**
   * The same.
   *
   * @param asked whether all primaries have just been asked
   */
  private void release(SentHint sent, boolean asked) {
    owner.step(
        sent.key,
        sent.partition,
        newest -> {
          List<UUID> present = cluster.primaries(sent.key);
          if (!sent.stands(newest) || cluster.mine(sent.key) != sent.debt) {
            return null;
          }
          if (sent.debt) {
            Hint left = newest.debt().paidTo(sent.holders, present);
            return left.equals(newest.debt())
                ? null
                : change(new StoredValue(newest.set(), Hint.NONE, left));
          }
          Hint left = newest.hint().heldBy(sent.holders, present);
          if (left.none() && !sent.holders.containsAll(present)) {
            if (!asked) {
              confirmLater(sent);
              return null;
            }
            left = newest.hint().heldByNoMoreThan(sent.holders, present);
          }
          return left.equals(newest.hint())
              ? null
              : change(left.none() ? StoredValue.NOTHING : new StoredValue(newest.set(), left));
        },
        why -> {});
  }

  /** No other record of this exists: hints that are left out are delivered again. */
  private void confirmLater(SentHint sent) {
    if (unsure.isEmpty()
        || (unsure.size() < MAX_UNSURE && unsureBytes + sent.set.length <= MAX_UNSURE_BYTES)) {
      unsure.add(sent);
      unsureBytes += sent.set.length;
      if (!confirming) {
        confirming = true;
        deadlines.set(1, this::confirm);
      }
    }
  }

  /**
   * Asks all primaries of some hints once more. A primary that confirmed a set may have lost it
   * since, and have been refilled while this node was dead and delivered no hints. A set that a
   * primary no longer holds exactly is delivered to it again: mostly it holds a later set, and the
   * hint must end although its primaries get writes all the time.
   */
  private void confirm() {
    if (calls.stopped()) {
      return;
    }
    List<SentHint> batch = new ArrayList<>();
    int bytes = 0;
    while (!unsure.isEmpty()
        && bytes < HandoffSender.BATCH_BYTES
        && batch.size() < HandoffSender.BATCH_KEYS) {
      SentHint next = unsure.remove();
      unsureBytes -= next.set.length;
      batch.add(next);
      bytes += next.set.length;
    }
    TreeMap<UUID, List<SentHint>> asks = new TreeMap<>();
    for (SentHint one : batch) {
      for (UUID other : cluster.primaries(one.key)) {
        if (!one.holders.contains(other) && cluster.mayAnswer(other)) {
          asks.computeIfAbsent(other, unused -> new ArrayList<>()).add(one);
        }
      }
    }
    int[] missing = {asks.size() + 1};
    Runnable heard =
        () -> {
          if (--missing[0] == 0) {
            batch.forEach(one -> release(one, true));
            confirming = !unsure.isEmpty();
            if (confirming) {
              deadlines.set(1, this::confirm);
            }
          }
        };
    asks.forEach(
        (other, asked) -> calls.check(other, asked, () -> bringAgain(other, asked, heard)));
    heard.run();
  }

  private void bringAgain(UUID other, List<SentHint> asked, Runnable done) {
    List<SentHint> lacking = new ArrayList<>(asked);
    lacking.removeIf(one -> one.holders.contains(other));
    if (lacking.isEmpty()) {
      done.run();
      return;
    }
    calls.bring(
        other,
        lacking,
        delivered -> {
          var unused = HandoffCalls.taken(other, lacking, delivered);
          done.run();
        },
        failure -> done.run());
  }

  /**
   * The ring has made this node a primary of the key of its hint: the set is its own from here on,
   * with a debt to the primaries that are not known to hold it.
   */
  void keepForOneself(Key key, int partition) {
    debts.list(
        partition,
        listed ->
            owner.step(
                key,
                partition,
                newest -> {
                  if (!listed || newest.hint().none() || !cluster.mine(key)) {
                    return null;
                  }
                  List<UUID> lacking = new ArrayList<>(cluster.primaries(key));
                  lacking.remove(cluster.self());
                  lacking.removeAll(newest.hint().holders());
                  Hint debt = new Hint(lacking, List.of(), newest.hint().sinceMillis());
                  return change(
                      new StoredValue(
                          newest.set(), Hint.NONE, lacking.isEmpty() ? Hint.NONE : debt));
                },
                why -> {}));
  }

  private static KeyOwner.Change change(StoredValue kept) {
    byte[] encoded = kept.set().isEmpty() ? new byte[0] : kept.encode();
    return new KeyOwner.Change(kept, encoded, Durability.SYNCED, () -> {}, failure -> {});
  }
}
