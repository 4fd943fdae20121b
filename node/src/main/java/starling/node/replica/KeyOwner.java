package starling.node.replica;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.metrics.WaitingBytes;
import starling.node.port.Contained;
import starling.node.port.OutOfMemory;
import starling.node.storage.AppendRejection;
import starling.node.storage.Completion;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.Storage;
import starling.node.storage.StorageFailure;
import starling.node.storage.Stored;
import starling.node.version.Siblings;

/**
 * The one owner of every key on this node. Reading the newest set of a key, deciding on it and
 * appending the result is one step; no other step of the key can come between. Steps see the newest
 * <em>appended</em> set, whether or not it is on disk yet: merging with the fsynced one instead
 * would lose the appends of the same write group. Readers see the storage, and so only sets that
 * are durable in their mode.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>While appends of a key are under way its slot holds the set of the last one.
 *   <li>An append that the storage rejects has no effect anywhere.
 *   <li>A key is removed from the log only in a step that saw its stored value.
 *   <li>Every step ends once: it decides, or its rejection is reported. An error in a step ends
 *       that step alone, and frees its key.
 *   <li>The steps that wait for a read are bounded ({@link WaitingBytes}).
 * </ol>
 */
public final class KeyOwner {
  private static final Logger log = LoggerFactory.getLogger(KeyOwner.class);

  /** Decides the next value of a key. Runs within one step; must not call back into this owner. */
  public interface Step {
    /** The change to append, or null to leave the key as it is. */
    @Nullable Change decide(StoredValue newest);
  }

  /**
   * A change.
   *
   * @param kept the new stored value; {@link StoredValue#NOTHING} takes the key out of the log
   * @param encoded its bytes for the log; none for nothing
   * @param appended runs at once when the storage took it, before it is durable
   * @param done runs when it is durable in its mode, or has failed
   */
  public record Change(
      StoredValue kept,
      byte[] encoded,
      Durability durability,
      Runnable appended,
      Consumer<@Nullable StorageFailure> done) {}

  /** Called for every change that the storage accepted. */
  public interface Watcher {
    /** Within its step; reads of the storage do not return it yet. */
    void onChange(Key key, int partition, StoredValue before, StoredValue after);

    /** Reads of the storage return it from now on, or the log has failed. */
    void onShown(Key key, int partition, StoredValue before, StoredValue after);
  }

  /** Called when the storage rejected a step, its key cannot be read, or an error ended it. */
  public interface RejectionListener {
    void onRejected(AppendRejection why);
  }

  /** A step that waits for its key's set. */
  private record Waiting(int partition, int bytes, Step step, RejectionListener refusal) {}

  private static final class Slot {
    @Nullable StoredValue newest;
    boolean unreadable;

    /** Appends and steps under way: the slot stays as long as there are any. */
    int underWay;

    @Nullable Queue<Waiting> waiting;

    boolean loaded() {
      return newest != null || unreadable;
    }
  }

  private final Storage storage;
  private final Watcher watcher;
  private final WaitingBytes waitingBytes;
  private final Map<Key, Slot> slots = new HashMap<>();

  public KeyOwner(Storage storage, Watcher watcher, WaitingBytes waitingBytes) {
    this.storage = storage;
    this.watcher = watcher;
    this.waitingBytes = waitingBytes;
  }

  /** The same for a step that holds no value while it waits. */
  public void step(Key key, int partition, Step step, RejectionListener refusal) {
    step(key, partition, 0, step, refusal);
  }

  /**
   * Takes one step on a key, now or as soon as its newest set has been read. Never throws.
   *
   * @param bytes the bytes that the step holds while it waits
   */
  public void step(Key key, int partition, int bytes, Step step, RejectionListener refusal) {
    Slot slot = slots.get(key);
    if (slot == null) {
      slot = new Slot();
      slots.put(key, slot);
      slot.underWay++;
      load(key, slot);
      slot.underWay--;
    }
    if (slot.newest != null) {
      decide(key, slot, slot.newest, partition, step, refusal);
    } else if (slot.unreadable) {
      refuse(key, refusal, AppendRejection.UNREADABLE);
    } else if (waitingBytes.add(bytes)) {
      if (slot.waiting == null) {
        slot.waiting = new ArrayDeque<>();
      }
      slot.waiting.add(new Waiting(partition, bytes, step, refusal));
    } else {
      refuse(key, refusal, AppendRejection.QUEUE_FULL);
    }
  }

  /** Why the log would reject any append now, or null. */
  public @Nullable AppendRejection refuses() {
    return storage.refuses();
  }

  /** Keys with appends under way. */
  public int busy() {
    return slots.size();
  }

  /** Whether a key of the bucket has appends under way. */
  public boolean busyWith(String bucket) {
    return slots.keySet().stream().anyMatch(key -> key.bucket().equals(bucket));
  }

  // ---- loading

  private void load(Key key, Slot slot) {
    try {
      storage.read(key, stored -> onRead(key, slot, stored));
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("the look-up of {} failed; its steps are rejected", key, e);
      giveUp(key, slot);
    }
  }

  private void onRead(Key key, Slot slot, @Nullable Stored stored) {
    if (slot.loaded()) {
      return;
    }
    StoredValue newest;
    try {
      newest = stored == null ? StoredValue.NOTHING : StoredValue.decode(stored.set());
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("the stored value of {} cannot be decoded; its steps are rejected", key, e);
      giveUp(key, slot);
      return;
    }
    slot.newest = newest;
    // Each may be rejected or do nothing; the slot must stay until the last has run.
    slot.underWay++;
    for (Waiting each : waiting(slot)) {
      waitingBytes.remove(each.bytes());
      decide(key, slot, newest(slot), each.partition(), each.step(), each.refusal());
    }
    slot.underWay--;
    release(key, slot);
  }

  /** No step must wait for an unreadable key; the next step reads it again. */
  private void giveUp(Key key, Slot slot) {
    if (slot.loaded()) {
      return;
    }
    slots.remove(key, slot);
    slot.unreadable = true;
    for (Waiting each : waiting(slot)) {
      waitingBytes.remove(each.bytes());
      refuse(key, each.refusal(), AppendRejection.UNREADABLE);
    }
  }

  private static Iterable<Waiting> waiting(Slot slot) {
    Queue<Waiting> waiting = slot.waiting;
    slot.waiting = null;
    return waiting == null ? List.of() : waiting;
  }

  private static StoredValue newest(Slot slot) {
    StoredValue newest = slot.newest;
    if (newest == null) {
      throw new IllegalStateException("a step on a key that is not loaded");
    }
    return newest;
  }

  // ---- steps

  private void decide(
      Key key, Slot slot, StoredValue before, int partition, Step step, RejectionListener refusal) {
    Change change;
    try {
      change = step.decide(before);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("an error ended a step on {}; nothing was appended", key, e);
      release(key, slot);
      refuse(key, refusal, AppendRejection.FAILED);
      return;
    }
    if (change == null) {
      release(key, slot);
      return;
    }
    slot.newest = change.kept();
    slot.underWay++;
    Append append = new Append(key, partition, slot, before, change);
    AppendRejection refused;
    try {
      refused = append.begin();
    } catch (IllegalArgumentException e) {
      // For example too large for the log: nothing of it has happened.
      log.error("the log rejects the new value of {}; nothing was appended", key, e);
      refused = AppendRejection.FAILED;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("an error in the log while it appended {}: the append may have happened", key, e);
      append.onError(e);
      return;
    }
    if (refused == null) {
      append.onTaken();
      var unused = Contained.run("a listener of an append", change.appended());
    } else {
      slot.newest = before;
      slot.underWay--;
      release(key, slot);
      refuse(key, refusal, refused);
    }
  }

  /** One append, until it is durable in its mode or has failed. */
  private final class Append implements Completion {
    private final Key key;
    private final int partition;
    private final Slot slot;
    private final StoredValue before;
    private final Change change;
    private boolean watched;
    private boolean ended;

    Append(Key key, int partition, Slot slot, StoredValue before, Change change) {
      this.key = key;
      this.partition = partition;
      this.slot = slot;
      this.before = before;
      this.change = change;
    }

    @Nullable AppendRejection begin() {
      Siblings set = change.kept().set();
      return set.isEmpty()
          ? storage.reap(key, partition, before.set().hash(), this)
          : storage.append(key, partition, set.hash(), change.encoded(), change.durability(), this);
    }

    void onTaken() {
      watched = true;
      try {
        watcher.onChange(key, partition, before, change.kept());
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        log.error("a change of {} could not be counted", key, e);
      }
    }

    /**
     * Its outcome is unknown, so it counts as failed, and later steps use the larger set: the
     * previous one knows less than the appended one, and a missing one knows nothing.
     */
    void onError(Throwable e) {
      if (change.kept().set().isEmpty()) {
        slot.newest = before;
      } else {
        onTaken();
      }
      completed(new StorageFailure("an error in the log: " + e));
    }

    @Override
    public void completed(@Nullable StorageFailure failure) {
      if (ended) {
        return;
      }
      ended = true;
      slot.underWay--;
      release(key, slot);
      if (watched) {
        try {
          watcher.onShown(key, partition, before, change.kept());
        } catch (Throwable e) {
          OutOfMemory.endsProcess(e);
          log.error("a durable change of {} could not be counted", key, e);
        }
      }
      var unused = Contained.tell("a listener of a durable append", change.done(), failure);
    }
  }

  private static void refuse(Key key, RejectionListener refusal, AppendRejection why) {
    try {
      refusal.onRejected(why);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("the rejection of a step on {} could not be reported: {}", key, why, e);
    }
  }

  private void release(Key key, Slot slot) {
    if (slot.underWay == 0 && slot.waiting == null) {
      slots.remove(key, slot);
    }
  }
}
