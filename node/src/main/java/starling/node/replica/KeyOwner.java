package starling.node.replica;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.storage.Completion;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.Refused;
import starling.node.storage.Storage;
import starling.node.storage.StorageFailure;
import starling.node.version.MalformedException;
import starling.node.version.Siblings;

/**
 * The one owner of every key on this node. Reading the newest set of a key, deciding on it and
 * appending the result is one step; no other step of the key can come between. Steps see the newest
 * <em>appended</em> set, whether or not it is on disk yet: merging with the fsynced one instead
 * would lose whatever waits in the same group. Readers see the storage, and so only what is durable
 * in the mode it was written in.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>While appends of a key are under way its slot holds the set of the last one.
 *   <li>An append that the storage refuses leaves nothing behind, here or anywhere.
 *   <li>A key is taken out of the log only in a step that was shown what stands there.
 * </ol>
 */
final class KeyOwner {
  private static final Logger log = LoggerFactory.getLogger(KeyOwner.class);

  /** Decides what becomes of a key. Runs within one step; must not call back into this owner. */
  interface Step {
    /** What to append, or null to leave the key as it is. */
    @Nullable Change decide(Kept newest);
  }

  /**
   * What to append.
   *
   * @param kept what is kept from now on; {@link Kept#NOTHING} takes the key out of the log
   * @param encoded its bytes for the log; none for nothing
   * @param appended runs at once when the storage took it, before it is durable
   * @param done runs when it is durable in its mode, or has failed
   */
  record Change(
      Kept kept,
      byte[] encoded,
      Durability durability,
      Runnable appended,
      Consumer<@Nullable StorageFailure> done) {}

  /** Hears of every change that the storage took. */
  interface Watcher {
    /** Within its step; reads of the storage do not show it yet. */
    void onChange(int partition, Kept before, Kept after);

    /** Reads of the storage show it from now on, or the log has failed. */
    void onShown(int partition, Kept before, Kept after);
  }

  /** Told when a step was refused by the storage, or its key cannot be read. */
  interface Refusal {
    void onRefused(Refused why);
  }

  /** A step that waits for its key's set. */
  private record Waiting(Runnable decide, Refusal refusal) {}

  private static final class Slot {
    @Nullable Kept newest;
    boolean unreadable;
    int underWay;
    @Nullable Queue<Waiting> waiting;
  }

  private final Storage storage;
  private final Watcher watcher;
  private final Map<Key, Slot> slots = new HashMap<>();

  KeyOwner(Storage storage, Watcher watcher) {
    this.storage = storage;
    this.watcher = watcher;
  }

  /** Takes one step on a key, now or as soon as its newest set has been read. */
  void step(Key key, int partition, Step step, Refusal refusal) {
    Slot slot = slots.get(key);
    if (slot != null && slot.newest != null) {
      decide(key, partition, slot, step, refusal);
      return;
    }
    if (slot == null) {
      slot = new Slot();
      slots.put(key, slot);
      load(key, slot);
      if (slot.newest != null) {
        decide(key, partition, slot, step, refusal);
        return;
      }
      if (slot.unreadable) {
        refusal.onRefused(Refused.UNREADABLE);
        return;
      }
    }
    if (slot.waiting == null) {
      slot.waiting = new ArrayDeque<>();
    }
    Slot loading = slot;
    slot.waiting.add(new Waiting(() -> decide(key, partition, loading, step, refusal), refusal));
  }

  /** Keys with appends under way. */
  int busy() {
    return slots.size();
  }

  /** Whether a key of the bucket has appends under way. */
  boolean busyWith(String bucket) {
    return slots.keySet().stream().anyMatch(key -> key.bucket().equals(bucket));
  }

  private void load(Key key, Slot slot) {
    storage.read(
        key,
        stored -> {
          try {
            slot.newest = stored == null ? Kept.NOTHING : Kept.decode(stored.set());
          } catch (MalformedException e) {
            log.error("what stands under {} is sound by its checksum and cannot be read", key, e);
            giveUp(key, slot);
            return;
          }
          Queue<Waiting> waiting = slot.waiting;
          slot.waiting = null;
          if (waiting != null) {
            // Each may refuse or do nothing; the slot must not go before the last has run.
            slot.underWay++;
            waiting.forEach(each -> each.decide().run());
            slot.underWay--;
            release(key, slot);
          }
        });
  }

  /** Nobody must wait for a key that cannot be read. */
  private void giveUp(Key key, Slot slot) {
    slots.remove(key, slot);
    slot.unreadable = true;
    if (slot.waiting != null) {
      slot.waiting.forEach(each -> each.refusal().onRefused(Refused.UNREADABLE));
    }
  }

  private void decide(Key key, int partition, Slot slot, Step step, Refusal refusal) {
    Kept before = slot.newest;
    if (before == null) {
      throw new IllegalStateException("a step on a key that is not loaded");
    }
    Change change = step.decide(before);
    if (change == null) {
      release(key, slot);
      return;
    }
    slot.newest = change.kept();
    slot.underWay++;
    Refused refused;
    try {
      refused = append(key, partition, slot, before, change);
    } catch (RuntimeException e) {
      // Too large for the log, say: the slot must not keep what was never appended.
      undo(key, slot, before);
      throw e;
    }
    if (refused == null) {
      watcher.onChange(partition, before, change.kept());
      change.appended().run();
    } else {
      undo(key, slot, before);
      refusal.onRefused(refused);
    }
  }

  private @Nullable Refused append(Key key, int partition, Slot slot, Kept before, Change change) {
    Completion done =
        failure -> {
          slot.underWay--;
          release(key, slot);
          watcher.onShown(partition, before, change.kept());
          change.done().accept(failure);
        };
    Siblings set = change.kept().set();
    return set.isEmpty()
        ? storage.reap(key, partition, before.set().hash(), done)
        : storage.append(key, partition, set.hash(), change.encoded(), change.durability(), done);
  }

  private void undo(Key key, Slot slot, Kept before) {
    slot.newest = before;
    slot.underWay--;
    release(key, slot);
  }

  private void release(Key key, Slot slot) {
    if (slot.underWay == 0 && slot.waiting == null) {
      slots.remove(key, slot);
    }
  }
}
