package starling.node.replica;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Key;
import starling.node.storage.Storage;

/**
 * The ledger of debts: the keys of this node's own that other primaries are known to have missed,
 * because no fallback took the write for them. The debt is part of the record of the key itself;
 * there is no second copy of the value. A debt counts toward no quorum and is no hint.
 *
 * <ol>
 *   <li>A partition is on the durable list before a debt of it is appended, and leaves it when none
 *       is left, so the next process knows which partitions to walk.
 *   <li>There are at most so many debts. Beyond that they are only counted: read repair brings the
 *       writes to their primaries.
 *   <li>All debts are held in memory by key: a partition of the node's own holds all its data, and
 *       is read as a whole only once, after a start.
 * </ol>
 */
public final class DebtLedger {
  /** The partitions that may hold debts, in the format of the list of hints. */
  private static final String NAME = "debts";

  /** Keys that are searched at once for those that one primary has missed. */
  private static final int MAX_LOOK = 4_096;

  private final Storage storage;
  private final int most;
  private final TreeMap<Key, Hint> debts = new TreeMap<>();
  private final Map<UUID, Integer> missedBy = new HashMap<>();
  private final Map<Integer, Integer> inPartition = new HashMap<>();

  /** The partitions that the list should name, and those that the durable list surely names. */
  private final BitSet wanted = new BitSet();

  private final BitSet durable = new BitSet();
  private final BitSet uncounted = new BitSet();
  private final TreeMap<Integer, List<Consumer<Boolean>>> waiting = new TreeMap<>();
  private boolean saving;
  private boolean changed;
  private boolean listLost;

  public DebtLedger(Storage storage, int most) {
    this.storage = storage;
    this.most = most;
    byte[] kept = storage.meta(NAME);
    listLost = kept == null && storage.recovery().damagedMeta().contains(NAME);
    if (kept != null) {
      durable.or(HintLedger.decode(kept));
      wanted.or(durable);
      uncounted.or(durable);
    }
  }

  /** The first ring tells the number of partitions; a lost list names them all. */
  public void onPartitions(int partitions) {
    if (listLost) {
      listLost = false;
      wanted.set(0, partitions);
      uncounted.set(0, partitions);
      save();
    }
  }

  /** Whether one more debt may be recorded, or the key has one already. */
  public boolean roomFor(Key key) {
    return debts.size() < most || debts.containsKey(key);
  }

  // ---- the list

  /** Reports, at once or later, whether the next process will look for debts in this partition. */
  public void list(int partition, Consumer<Boolean> told) {
    if (durable.get(partition)) {
      told.accept(true);
      return;
    }
    waiting.computeIfAbsent(partition, unused -> new ArrayList<>()).add(told);
    if (!wanted.get(partition)) {
      wanted.set(partition);
      save();
    }
  }

  /** Whether the next process will look here; a step that appends a debt asks again. */
  public boolean listed(int partition) {
    return durable.get(partition);
  }

  private void save() {
    changed = true;
    if (saving) {
      return;
    }
    saving = true;
    changed = false;
    BitSet list = (BitSet) wanted.clone();
    ContainedStorage.save(
        storage, NAME, HintLedger.encode(list), failure -> saved(list, failure == null));
  }

  private void saved(BitSet list, boolean done) {
    saving = false;
    if (done) {
      list.and(wanted);
      durable.clear();
      durable.or(list);
    }
    if (done && changed) {
      save();
    }
    for (int partition : List.copyOf(waiting.keySet())) {
      if (!done || durable.get(partition)) {
        List<Consumer<Boolean>> told = waiting.remove(partition);
        if (told != null) {
          told.forEach(one -> one.accept(done));
        }
      }
    }
  }

  /** Removes partitions without debts from the list. */
  public void tidy() {
    boolean fewer = false;
    for (int p = wanted.nextSetBit(0); p >= 0; p = wanted.nextSetBit(p + 1)) {
      if (!inPartition.containsKey(p) && !uncounted.get(p) && !waiting.containsKey(p)) {
        wanted.clear(p);
        // From here on, because a power loss may leave either list.
        durable.clear(p);
        fewer = true;
      }
    }
    if (fewer) {
      save();
    }
  }

  // ---- debts

  /** Within the step of a key. */
  public void onChange(Key key, int partition, StoredValue before, StoredValue after) {
    if (before.debt().none() && after.debt().none()) {
      return;
    }
    if (!after.debt().none()) {
      found(key, partition, after.debt());
      if (!wanted.get(partition)) {
        list(partition, listed -> {});
      }
    } else {
      forget(key);
    }
  }

  /** Reads return it from now on: its partition may leave the list only now. */
  public void onShown(int partition, StoredValue before, StoredValue after) {
    if (!before.debt().none() && after.debt().none()) {
      less(partition);
    }
  }

  /** A debt in the log. */
  public void found(Key key, int partition, Hint debt) {
    Hint before = debts.put(key, debt);
    if (before == null) {
      inPartition.merge(partition, 1, Integer::sum);
    } else {
      before.primaries().forEach(primary -> missed(primary, -1));
    }
    debt.primaries().forEach(primary -> missed(primary, 1));
  }

  /** A step saw that a key has no debt. */
  public void gone(Key key, int partition) {
    if (debts.containsKey(key)) {
      forget(key);
      less(partition);
    }
  }

  private void forget(Key key) {
    Hint before = debts.remove(key);
    if (before != null) {
      before.primaries().forEach(primary -> missed(primary, -1));
    }
  }

  private void less(int partition) {
    inPartition.computeIfPresent(partition, (unused, count) -> count == 1 ? null : count - 1);
  }

  private void missed(UUID primary, int more) {
    missedBy.merge(primary, more, (a, b) -> a + b == 0 ? null : Integer.valueOf(a + b));
  }

  /**
   * The next keys that this primary has missed, after one or from the first.
   *
   * @param into takes the keys
   * @return the last key that was looked at; null when there are no more
   */
  public @Nullable Key next(UUID primary, @Nullable Key after, int most, List<Key> into) {
    int looked = 0;
    for (Map.Entry<Key, Hint> each :
        (after == null ? debts : debts.tailMap(after, false)).entrySet()) {
      if (each.getValue().primaries().contains(primary)) {
        into.add(each.getKey());
      }
      if (into.size() == most || ++looked == MAX_LOOK) {
        return each.getKey();
      }
    }
    return null;
  }

  // ---- after a start

  /** The next partition from this one on that must be looked through; -1 for none. */
  public int nextToCount(int from) {
    return uncounted.nextSetBit(from);
  }

  /** A walk of a whole partition has ended. */
  public void counted(int partition) {
    uncounted.clear(partition);
  }

  // ---- figures

  public int count() {
    return debts.size();
  }

  /** How many keys this primary has missed. */
  public int missedBy(UUID primary) {
    return missedBy.getOrDefault(primary, 0);
  }
}
