package starling.node.replica;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.StorePurpose;
import starling.node.port.Clock;
import starling.node.port.Contained;
import starling.node.request.BucketProperties.Conflict;
import starling.node.storage.AppendRejection;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.Storage;
import starling.node.storage.StorageFailure;
import starling.node.storage.Stored;
import starling.node.version.Actors;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.HybridClock;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * This node as a replica, for its own keys and for hints: reads its sets, and merges received ones.
 * A merge is never rejected for its number of siblings; limits apply to clients.
 *
 * <p>A replica is incomplete for a partition when it may have lost data of it: its sets are still
 * useful, but a missing key proves nothing, so its answers say so and are excluded from R and pr
 * until it has been compared with the others.
 */
public final class LocalReplica {
  private static final Logger log = LoggerFactory.getLogger(LocalReplica.class);

  /** The version hash of a missing key. */
  public static final long NOTHING = Siblings.EMPTY.hash();

  private static final String MERGED = "a listener of a merge";

  private final Storage storage;
  private final KeyOwner owner;
  private final HintLedger hints;
  private final DebtLedger debts;
  private final HybridClock hybridClock;
  private final Actors actors;
  private final NodeCounters counters;
  private final WaitingBytes waitingBytes;
  private final LargeSets largeSets;
  private final IdempotencyAges ages = new IdempotencyAges();
  private final Clock clock;
  private final Consumer<String> stop;
  private final BitSet incomplete = new BitSet();

  /** Partitions of which this node is no primary and may have lost hints. */
  private final BitSet incompleteHints = new BitSet();

  /** The number of the last loss in each partition. */
  private final Map<Integer, Integer> losses = new HashMap<>();

  private int lossCount;

  public LocalReplica(
      Storage storage,
      KeyOwner owner,
      HintLedger hints,
      DebtLedger debts,
      HybridClock hybridClock,
      Actors actors,
      NodeCounters counters,
      WaitingBytes waitingBytes,
      LargeSets largeSets,
      Clock clock,
      Consumer<String> stop) {
    this.storage = storage;
    this.owner = owner;
    this.hints = hints;
    this.debts = debts;
    this.hybridClock = hybridClock;
    this.actors = actors;
    this.counters = counters;
    this.waitingBytes = waitingBytes;
    this.largeSets = largeSets;
    this.clock = clock;
    this.stop = stop;
  }

  public void tick(long nowNanos) {
    ages.tick(nowNanos, hybridClock.highest());
  }

  /** The set as this node stores it: without the idempotency records that it need not hold. */
  public Siblings stored(Siblings before, Siblings after) {
    return after.marks().isEmpty() ? after : ages.stored(before, after, clock.nanoTime());
  }

  /** The same for a set to which this node is about to add an event. */
  public Siblings storedWithNext(Siblings before, Siblings after) {
    return after.marks().isEmpty() ? after : ages.storedWithNext(before, after, clock.nanoTime());
  }

  public boolean complete(int partition) {
    return !incomplete.get(partition) && !incompleteHints.get(partition);
  }

  /** This partition may lack data from now on, and needs new actors. */
  public void markIncomplete(int partition) {
    incomplete.set(partition);
    losses.put(partition, ++lossCount);
    actors.renew(partition);
    actors.renewForHints(partition);
  }

  /** All partitions may lack data. */
  public void markAllIncomplete(int partitions) {
    for (int partition = 0; partition < partitions; partition++) {
      markIncomplete(partition);
    }
  }

  /** Counts for reads again, if there was no loss after the one that the caller names. */
  public void markComplete(int partition, int knownLosses) {
    if (losses(partition) == knownLosses) {
      counters.completed += incomplete.get(partition) ? 1 : 0;
      incomplete.clear(partition);
    }
  }

  /** The number of the last loss in the partition in this process; 0 if there was none. */
  public int losses(int partition) {
    return losses.getOrDefault(partition, 0);
  }

  /** The number of losses in this process. */
  public int losses() {
    return lossCount;
  }

  /**
   * This node is no primary of an incomplete partition. The partition does not become complete by
   * that: its hints stay excluded from reads.
   */
  public void markNoPrimary(int partition) {
    if (incomplete.get(partition)) {
      incomplete.clear(partition);
      incompleteHints.set(partition);
    }
  }

  /** This node is now a primary of a partition that was incomplete before. */
  public void markPrimary(int partition) {
    if (incompleteHints.get(partition)) {
      incompleteHints.clear(partition);
      incomplete.set(partition);
    }
  }

  /**
   * The next partition from this one on whose hints are excluded from reads; -1 if there is none.
   */
  public int nextIncompleteHints(int from) {
    return incompleteHints.nextSetBit(from);
  }

  /** No possibly old hint is left: a later hint counts like any other. */
  public void hintsGone(int partition) {
    incompleteHints.clear(partition);
  }

  /** The next incomplete partition from this one on, or from the first; -1 if there is none. */
  public int nextIncomplete(int from) {
    int next = incomplete.nextSetBit(from);
    return next >= 0 ? next : incomplete.nextSetBit(0);
  }

  public int incompletePartitions() {
    return incomplete.cardinality();
  }

  /**
   * The bytes of the durable set, or null; a hint's too.
   *
   * @param unreadable runs if the record cannot be decoded, if the read threw, and if {@code done}
   *     threw
   */
  public void whole(Key key, Consumer<@Nullable Stored> done, Runnable unreadable) {
    ContainedStorage.read(
        storage,
        key,
        stored ->
            done.accept(
                stored == null
                    ? null
                    : new Stored(stored.versionHash(), StoredValue.setOf(stored.set()))),
        unreadable);
  }

  /** The hash of the durable set; throws what the index throws. */
  public long digest(Key key) {
    return storage.versionHash(key).orElse(NOTHING);
  }

  /**
   * The newest appended set, durable or not.
   *
   * @param refusal called also if {@code done} throws
   */
  public void newest(
      Key key, int partition, Consumer<Siblings> done, KeyOwner.RejectionListener refusal) {
    owner.step(
        key,
        partition,
        newest -> {
          done.accept(newest.set());
          return null;
        },
        refusal);
  }

  /**
   * Merges a set into this node's own.
   *
   * @param done called with null when the merged set is durable in its mode, else with the reason
   *     why not
   */
  public void store(
      Key key,
      int partition,
      byte[] encoded,
      Conflict conflict,
      Durability durability,
      StorePurpose purpose,
      Consumer<@Nullable DeclineReason> done) {
    merge(key, partition, encoded, conflict, durability, purpose, Hint.NONE, done);
  }

  /**
   * Merges a set into a hint. Rejected at the quota: a hint may be the only copy, so none is
   * dropped for another.
   */
  public void storeHint(
      Key key,
      int partition,
      byte[] encoded,
      Conflict conflict,
      Durability durability,
      Hint hint,
      Consumer<@Nullable DeclineReason> done) {
    if (!hints.roomFor(encoded.length)) {
      counters.hintsRejected++;
      var unused = Contained.tell(MERGED, done, DeclineReason.HINTS_FULL);
      return;
    }
    AppendRejection now = hints.listed(partition) ? null : storage.refuses();
    if (now != null) {
      var unused = Contained.tell(MERGED, done, DeclineReason.of(now));
      return;
    }
    if (!waitingBytes.add(encoded.length)) {
      var unused = Contained.tell(MERGED, done, DeclineReason.OVERLOADED);
      return;
    }
    hints.list(
        partition,
        listed -> {
          waitingBytes.remove(encoded.length);
          if (listed) {
            merge(key, partition, encoded, conflict, durability, StorePurpose.WRITE, hint, done);
          } else {
            done.accept(DeclineReason.STORAGE_FAILED);
          }
        });
  }

  /**
   * Records a debt of a key: these primaries have missed the set of this node, itself a primary,
   * and no fallback took it for them. The debt is part of the key's present record.
   */
  public void owe(
      Key key, int partition, List<UUID> missed, Durability durability, long nowMillis) {
    owe(key, partition, missed, durability, nowMillis, () -> {});
  }

  /**
   * The same.
   *
   * @param ended runs when that is durable, is not needed or cannot be; not if the log fails
   */
  public void owe(
      Key key,
      int partition,
      List<UUID> missed,
      Durability durability,
      long nowMillis,
      Runnable ended) {
    Runnable refused =
        () -> {
          counters.debtsRefused++;
          ended.run();
        };
    if (!debts.roomFor(key)) {
      refused.run();
      return;
    }
    debts.list(
        partition,
        listed -> {
          if (listed) {
            owner.step(
                key,
                partition,
                newest -> owing(key, partition, newest, missed, durability, nowMillis, ended),
                why -> refused.run());
          } else {
            refused.run();
          }
        });
  }

  private KeyOwner.@Nullable Change owing(
      Key key,
      int partition,
      StoredValue newest,
      List<UUID> missed,
      Durability durability,
      long nowMillis,
      Runnable ended) {
    if (newest.set().isEmpty()
        || !newest.hint().none()
        || newest.debt().primaries().containsAll(missed)) {
      ended.run();
      return null;
    }
    if (!debts.listed(partition)) {
      owe(key, partition, missed, durability, nowMillis, ended);
      return null;
    }
    Hint debt = newest.debt().join(new Hint(missed, List.of(), nowMillis));
    StoredValue kept = new StoredValue(newest.set(), Hint.NONE, debt);
    return new KeyOwner.Change(
        kept,
        kept.encode(),
        durability,
        () -> {},
        failure -> {
          if (failure == null) {
            ended.run();
          }
        });
  }

  /**
   * Checks the events of a received set before it is merged. False if it contains an impossible
   * one: then this node has stopped.
   */
  public boolean observe(Siblings received) {
    hybridClock.observe(received.highestCounter(), clock.wallMillis());
    Dot foreign = actors.check(received);
    if (foreign != null) {
      stop.accept(
          "received the event "
              + foreign
              + " of its own present actor, which it did not make:"
              + " another process runs on a copy of this directory");
    }
    return foreign == null;
  }

  private void merge(
      Key key,
      int partition,
      byte[] encoded,
      Conflict conflict,
      Durability durability,
      StorePurpose purpose,
      Hint hint,
      Consumer<@Nullable DeclineReason> done) {
    Siblings received = SiblingsCodec.decode(encoded);
    if (!observe(received)) {
      done.accept(DeclineReason.STORAGE_FAILED);
      return;
    }
    Merge merge =
        new Merge(key, partition, encoded, received, conflict, durability, purpose, hint, done);
    owner.step(key, partition, encoded.length, merge, merge);
  }

  /** One merge: a step of the key's owner, and its result. */
  private final class Merge implements KeyOwner.Step, KeyOwner.RejectionListener {
    private final Key key;
    private final int partition;
    private final byte[] encoded;
    private final Siblings received;
    private final Conflict conflict;
    private final Durability durability;
    private final StorePurpose purpose;
    private final Hint hint;
    private final Consumer<@Nullable DeclineReason> done;

    /** Its share in {@link LargeSets} until it has ended. */
    private int begun;

    Merge(
        Key key,
        int partition,
        byte[] encoded,
        Siblings received,
        Conflict conflict,
        Durability durability,
        StorePurpose purpose,
        Hint hint,
        Consumer<@Nullable DeclineReason> done) {
      this.key = key;
      this.partition = partition;
      this.encoded = encoded;
      this.received = received;
      this.conflict = conflict;
      this.durability = durability;
      this.purpose = purpose;
      this.hint = hint;
      this.done = done;
    }

    @Override
    public KeyOwner.@Nullable Change decide(StoredValue newest) {
      if (!hint.none() && !hints.listed(partition)) {
        storeHint(key, partition, encoded, conflict, durability, hint, done);
        return null;
      }
      Siblings joined =
          conflict == Conflict.LWW
              ? newest.set().joinLatest(received, LocalReplica.this::onCollision)
              : newest.set().join(received, LocalReplica.this::onCollision);
      Siblings merged = stored(newest.set(), joined);
      if (!hint.none() && !hints.roomFor(newest, merged)) {
        // Other merges have used the room while this one waited.
        counters.hintsRejected++;
        return nothing(DeclineReason.HINTS_FULL);
      }
      // A fallback that becomes a primary keeps its hints as its own data, and the reverse.
      Hint marks = newest.hint().join(newest.debt());
      StoredValue kept =
          hint.none()
              ? new StoredValue(merged, Hint.NONE, marks)
              : new StoredValue(merged, marks.join(hint), Hint.NONE);
      if (purpose == StorePurpose.REPAIR
          && merged.hash() == newest.set().hash()
          && kept.hint().equals(newest.hint())
          && kept.debt().equals(newest.debt())) {
        return nothing(null);
      }
      if (!largeSets.fits(key, merged)) {
        return nothing(DeclineReason.TOO_LARGE);
      }
      begun = largeSets.begin(newest.set(), merged);
      if (begun < 0) {
        return nothing(DeclineReason.OVERLOADED);
      }
      counters.merges++;
      counters.hintsTaken += hint.none() ? 0 : 1;
      byte[] bytes = same(merged, received) ? kept.encode(encoded) : kept.encode();
      // What was received may be as large as all the rest, and goes now, not when this is durable.
      return new KeyOwner.Change(
          kept.within(bytes), bytes, durability, () -> {}, whenDurable(begun, done));
    }

    private KeyOwner.@Nullable Change nothing(@Nullable DeclineReason why) {
      var unused = Contained.tell(MERGED, done, why);
      return null;
    }

    @Override
    public void onRejected(AppendRejection why) {
      largeSets.end(begun);
      done.accept(DeclineReason.of(why));
    }
  }

  private Consumer<@Nullable StorageFailure> whenDurable(
      int begun, Consumer<@Nullable DeclineReason> done) {
    return failure -> {
      largeSets.end(begun);
      done.accept(failure == null ? null : DeclineReason.STORAGE_FAILED);
    };
  }

  /** The join returns the received set itself when nothing was added to it. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean same(Siblings merged, Siblings received) {
    return merged == received;
  }

  private void onCollision(Dot dot, Content kept, Content dropped) {
    counters.dotCollisions++;
    log.error("the event {} came with two contents: the greater checksum stays", dot);
  }
}
