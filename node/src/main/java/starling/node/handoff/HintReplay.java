package starling.node.handoff;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.Cluster;
import starling.node.metrics.NodeCounters;
import starling.node.peer.CallFailure;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.Peers;
import starling.node.peer.message.CheckHints;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Deliver;
import starling.node.peer.message.Delivered;
import starling.node.peer.message.HintsHeld;
import starling.node.peer.message.Request;
import starling.node.peer.message.Response;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.replica.Debts;
import starling.node.replica.Hint;
import starling.node.replica.Hints;
import starling.node.replica.Kept;
import starling.node.replica.KeyOwner;
import starling.node.request.BucketProperties.Conflict;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;
import starling.node.storage.Stored;
import starling.node.version.MalformedException;
import starling.node.version.RequestMark;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * Delivers hints to each primary that is there again, in the order of the ring, in batches that are
 * acknowledged after their fsync; {@link HintPace} says how fast.
 *
 * <ol>
 *   <li>A hint is removed when every present primary of its key durably holds exactly what is kept,
 *       up or down, whatever the age of the hint: it may be the second copy of an acknowledged
 *       write that no other primary has.
 *   <li>Those it was kept for have taken it; the others are asked by version hash. A primary that
 *       lacks the set, holds another one, or does not answer is what the hint is kept for from then
 *       on; its merge covers the set.
 *   <li>Who holds the set is part of the record, so that primaries which are written to meanwhile
 *       are not asked and sent the same again and again. Before the removal all are asked, or sent
 *       it, once more: one may have lost it since it said so.
 *   <li>A set that has changed since it was sent stays.
 *   <li>Debts are paid on the same streams. A primary that missed a write is asked by version hash
 *       and sent what it lacks; then its mark is removed from the record.
 * </ol>
 *
 * <p>Owned by the thread of the node's state.
 */
public final class HintReplay {
  private static final Logger log = LoggerFactory.getLogger(HintReplay.class);

  private static final int PAGE_KEYS = 128;

  /** Larger sets are encoded one at a time. */
  private static final int LARGE_BYTES = 1 << 20;

  private static final int BATCH_BYTES = 64 << 10;
  private static final int BATCH_KEYS = 128;
  private static final int PATIENCE_MILLIS = 5_000;

  /** Large sets are waited for longer: as if a network brought 1 MiB a second. */
  private static final int LEAST_BYTES_PER_MILLI = 1 << 10;

  private static final int CHECK_MILLIS = 1_000;
  private static final long ROUND_NANOS = 1_000_000_000L;
  private static final long COUNT_PAUSE_NANOS = 20_000_000L;
  private static final int PAGE_DEBTS = 16;
  private static final int MAX_UNSURE = 1_024;

  private final Cluster cluster;
  private final Peers peers;
  private final Storage storage;
  private final KeyOwner owner;
  private final Hints hints;
  private final Debts debts;
  private final Clock clock;
  private final DeadlineWheel deadlines;
  private final CallGroup calls;
  private final NodeCounters counters;

  /** What is sent by streams at this moment, if it is large. */
  private @Nullable Large large;

  private final TreeMap<UUID, Stream> streams = new TreeMap<>();
  private @Nullable Count counting;
  private @Nullable DebtCount countingDebts;
  private long nextRoundNanos = Long.MIN_VALUE;
  private long placements;

  /** Hints that each present primary has said that it holds, not all of them just now. */
  private final Deque<Sent> unsure = new ArrayDeque<>();

  private boolean confirming;
  private boolean stopped;

  public HintReplay(
      Cluster cluster,
      Peers peers,
      Storage storage,
      KeyOwner owner,
      Hints hints,
      Debts debts,
      Clock clock,
      DeadlineWheel deadlines,
      NodeCounters counters) {
    this.cluster = cluster;
    this.peers = peers;
    this.storage = storage;
    this.owner = owner;
    this.hints = hints;
    this.debts = debts;
    this.clock = clock;
    this.deadlines = deadlines;
    this.calls = new CallGroup(peers, cluster, deadlines);
    this.counters = counters;
  }

  /** Looks for hints whose primaries are there. */
  public void tick(long nowNanos) {
    if (stopped || nowNanos < nextRoundNanos || cluster.notServing() != null) {
      return;
    }
    nextRoundNanos = nowNanos + ROUND_NANOS;
    hints.onPartitions(cluster.ring().partitions());
    if (placements != cluster.placements()) {
      placements = cluster.placements();
      hints.onPlacement();
    }
    count(0);
    debts.onPartitions(cluster.ring().partitions());
    debts.tidy();
    countDebts();
    for (UUID node : cluster.otherNodes()) {
      if (!streams.containsKey(node) && cluster.mayAnswer(node) && owed(node)) {
        Stream stream = new Stream(node);
        streams.put(node, stream);
        stream.begin();
      }
    }
  }

  private boolean owed(UUID node) {
    return concern(node, 0) >= 0 || debts.missedBy(node) > 0;
  }

  /** The node is stopping: from here on nothing is read or sent, and the store may close. */
  public void stop() {
    stopped = true;
    calls.close();
    List.copyOf(streams.values()).forEach(Stream::end);
  }

  // ---- counting

  private void count(int from) {
    int partition = hints.nextToCount(from);
    if (counting == null && partition >= 0) {
      counting = new Count(partition);
      counting.nextPage();
    }
  }

  /** Walks through a partition to count what is kept for others. */
  private final class Count {
    private final Hints.Walk walk;
    private @Nullable Key after;
    private boolean last;
    private boolean cutShort;
    private int missing;

    Count(int partition) {
      this.walk = hints.walk(partition);
    }

    void nextPage() {
      if (stopped) {
        return;
      }
      if (!scan(walk.partition, after, this::onKeys)) {
        // The rest a moment later, so that an index which cannot be read is not read all the time.
        deadlines.set(ROUND_NANOS, () -> next());
      }
    }

    private void onKeys(ScanPage page) {
      List<ScanPage.Entry> entries = page.entries();
      last = page.last() || entries.isEmpty();
      missing = entries.size();
      if (entries.isEmpty()) {
        onPage();
      }
      for (ScanPage.Entry entry : entries) {
        after = entry.key();
        if (stopped) {
          return;
        }
        if (!HintReplay.this.read(entry.key(), stored -> onRead(entry.key(), stored))) {
          cutShort = true;
          passed();
        }
      }
    }

    private void onRead(Key key, @Nullable Stored stored) {
      if (stopped) {
        return;
      }
      cutShort |= unread(key, stored);
      Kept kept = kept(walk, key, stored);
      if (!kept.hint().none() && !cluster.mine(key)) {
        List<UUID> wanted = kept.hint().wanted(cluster.primaries(key));
        walk.found(kept, wanted);
        if (wanted.isEmpty()) {
          // The ring has changed, and all primaries that are left hold it.
          release(new Sent(key, walk.partition, kept, SiblingsCodec.encode(kept.set())));
        }
      } else if (!kept.hint().none()) {
        walk.found(kept, List.of());
        keepForOneself(key, walk.partition);
      }
      passed();
    }

    private void passed() {
      if (--missing == 0) {
        onPage();
      }
    }

    private void onPage() {
      if (last && cutShort) {
        deadlines.set(ROUND_NANOS, () -> next());
      } else if (last) {
        hints.walked(walk);
        next();
      } else {
        nextPage();
      }
    }

    private void next() {
      counting = null;
      count(walk.partition + 1);
    }
  }

  private void countDebts() {
    int partition = debts.nextToCount(0);
    if (countingDebts == null && partition >= 0) {
      countingDebts = new DebtCount(partition);
      countingDebts.nextPage();
    }
  }

  /**
   * Looks through a partition of this node's own, once after a start, for the debts of the process
   * before: all its records are read, so it takes its time.
   */
  private final class DebtCount {
    private final int partition;
    private @Nullable Key after;
    private boolean last;
    private boolean cutShort;
    private int missing;
    private final List<Key> found = new ArrayList<>();

    DebtCount(int partition) {
      this.partition = partition;
    }

    void nextPage() {
      if (!stopped && !scan(partition, after, this::onKeys)) {
        countingDebts = null;
      }
    }

    private void onKeys(ScanPage page) {
      last = page.last() || page.entries().isEmpty();
      missing = page.entries().size() + 1;
      for (ScanPage.Entry entry : page.entries()) {
        Key key = entry.key();
        after = key;
        if (stopped) {
          return;
        }
        if (!read(key, stored -> onRead(key, stored))) {
          cutShort = true;
          passed();
        }
      }
      passed();
    }

    private void onRead(Key key, @Nullable Stored stored) {
      cutShort |= unread(key, stored);
      if (stored != null && Kept.isDebt(stored.set())) {
        found.add(key);
      }
      passed();
    }

    private void passed() {
      if (--missing > 0 || stopped) {
        return;
      }
      // It may have been paid, or grown, since it was read.
      for (Key key : List.copyOf(found)) {
        owner.step(
            key,
            partition,
            newest -> {
              if (!newest.debt().none()) {
                debts.found(key, partition, newest.debt());
              }
              return null;
            },
            why -> {});
      }
      found.clear();
      if (!last) {
        deadlines.set(COUNT_PAUSE_NANOS, this::nextPage);
      } else {
        countingDebts = null;
        if (!cutShort) {
          // With a pause, so that the last of them are found before it may leave the list.
          deadlines.set(ROUND_NANOS, () -> debts.counted(partition));
        }
      }
    }
  }

  /** Whether the next keys of a partition can be looked for. */
  private boolean scan(int partition, @Nullable Key after, Consumer<ScanPage> answer) {
    try {
      storage.scan(range(partition), after, PAGE_KEYS, answer);
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      // The index is on a disk; a partition that it cannot name must not hold up the others.
      log.error("the hints of partition {} cannot be looked for", partition, e);
      return false;
    }
  }

  /** Whether it can be found out what stands in the log. */
  private boolean read(Key key, Consumer<@Nullable Stored> answer) {
    try {
      storage.read(key, answer);
      return true;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("what is kept of {} cannot be looked for", key, e);
      return false;
    }
  }

  /** Whether nothing was read of a key that is there all the same: a walk may not count that. */
  private boolean unread(Key key, @Nullable Stored stored) {
    try {
      return stored == null && storage.versionHash(key).isPresent();
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("whether anything is kept of {} cannot be looked up", key, e);
      return true;
    }
  }

  /** What stands in the log; of what cannot be read nothing, and the walk goes on. */
  private static Kept kept(Hints.Walk walk, Key key, @Nullable Stored stored) {
    if (stored == null) {
      return Kept.NOTHING;
    }
    try {
      return Kept.decode(stored.set());
    } catch (MalformedException e) {
      // Sound by its checksum and yet no set: written by another version, or a bug.
      log.error("what is kept of {} in partition {} cannot be read", key, walk.partition, e);
      if (Kept.isHint(stored.set())) {
        walk.foundUnreadable(stored.set().length);
      }
      return Kept.NOTHING;
    }
  }

  private PositionRange range(int partition) {
    return PositionRange.ofPartition(
        partition, Integer.numberOfTrailingZeros(cluster.ring().partitions()));
  }

  // ---- whom a hint concerns

  /** The next partition with hints that this node may be brought, from this one on; -1 for none. */
  private int concern(UUID node, int from) {
    int most = cluster.largestN();
    for (int partition = hints.next(from); partition >= 0; partition = hints.next(partition + 1)) {
      if (partition >= cluster.ring().partitions()) {
        return -1;
      }
      List<UUID> owners = cluster.ring().preferenceList(partition, most);
      if (owners.contains(node)) {
        List<UUID> wanted = hints.primaries(partition);
        if (wanted.contains(node) || !owners.containsAll(wanted)) {
          return partition;
        }
      }
    }
    return -1;
  }

  /** Whether what is kept is to be brought to this node. */
  private boolean concerns(Key key, Hint hint, UUID node) {
    return !hint.none() && hint.wanted(cluster.primaries(key)).contains(node);
  }

  // ---- removal

  /**
   * Notes in the record who holds it, and removes a debt's mark if that is the one that missed it;
   * unless the set has changed since. Where every present primary has said that it holds it, those
   * that said so before are asked again before it is removed.
   */
  private void release(Sent sent) {
    release(sent, false);
  }

  /**
   * The same.
   *
   * @param asked whether all primaries have just been asked
   */
  private void release(Sent sent, boolean asked) {
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
                : change(new Kept(newest.set(), Hint.NONE, left));
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
              : change(left.none() ? Kept.NOTHING : new Kept(newest.set(), left));
        },
        why -> {});
  }

  /** Nothing of this is remembered anywhere else: what is left out is delivered again. */
  private void confirmLater(Sent sent) {
    if (unsure.size() < MAX_UNSURE) {
      unsure.add(sent);
      if (!confirming) {
        confirming = true;
        deadlines.set(1, this::confirm);
      }
    }
  }

  /**
   * Asks all primaries of some hints once more. One that said that it holds a set may have lost it
   * since, and have been refilled while this node was dead and gave it no hints. What a primary
   * does not hold exactly so any more is brought to it again: mostly it holds a later set, and the
   * hint must end though its primaries are written to all the time.
   */
  private void confirm() {
    if (stopped) {
      return;
    }
    List<Sent> batch = new ArrayList<>();
    int bytes = 0;
    while (!unsure.isEmpty() && bytes < BATCH_BYTES && batch.size() < BATCH_KEYS) {
      Sent next = unsure.remove();
      batch.add(next);
      bytes += next.set.length;
    }
    TreeMap<UUID, List<Sent>> asks = new TreeMap<>();
    for (Sent one : batch) {
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
    asks.forEach((other, asked) -> check(other, asked, () -> bringAgain(other, asked, heard)));
    heard.run();
  }

  private void bringAgain(UUID other, List<Sent> asked, Runnable done) {
    List<Sent> lacking = new ArrayList<>(asked);
    lacking.removeIf(one -> one.holders.contains(other));
    if (lacking.isEmpty()) {
      done.run();
      return;
    }
    bring(
        other,
        lacking,
        delivered -> {
          var unused = taken(other, lacking, delivered);
          done.run();
        },
        failure -> done.run());
  }

  /**
   * The ring has made this node a primary of what it kept for another: the set is its own from here
   * on, and it owes it to the primaries that are not known to hold it.
   */
  private void keepForOneself(Key key, int partition) {
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
                      new Kept(newest.set(), Hint.NONE, lacking.isEmpty() ? Hint.NONE : debt));
                },
                why -> {}));
  }

  private static KeyOwner.Change change(Kept kept) {
    byte[] encoded = kept.set().isEmpty() ? new byte[0] : kept.encode();
    return new KeyOwner.Change(kept, encoded, Durability.SYNCED, () -> {}, failure -> {});
  }

  private <A extends Response> void ask(
      UUID node,
      LongFunction<Request> question,
      int millis,
      Class<A> expected,
      Consumer<A> onAnswer,
      Consumer<CallFailure> onFailure) {
    if (!calls.ask(node, question, millis, expected, onAnswer, onFailure)) {
      onFailure.accept(CallFailure.Unknown.LOST);
    }
  }

  /** Asks a node which of these it durably holds, and notes it in them. */
  private void check(UUID node, List<Sent> asked, Runnable done) {
    List<CheckHints.Digest> entries = new ArrayList<>(asked.size());
    for (Sent one : asked) {
      entries.add(new CheckHints.Digest(one.key, cluster.registerHash(one.key.bucket()), one.hash));
    }
    ask(
        node,
        call -> new CheckHints(call, CHECK_MILLIS, cluster.ringHash(), entries),
        CHECK_MILLIS,
        HintsHeld.class,
        held -> {
          for (int i = 0; i < asked.size(); i++) {
            if (held.held().get(i)) {
              asked.get(i).holders.add(node);
            }
          }
          done.run();
        },
        failure -> done.run());
  }

  private void bring(
      UUID receiver,
      List<Sent> sent,
      Consumer<Delivered> onDelivered,
      Consumer<CallFailure> onFailure) {
    List<Deliver.Entry> entries = new ArrayList<>(sent.size());
    long bytes = 0;
    for (Sent one : sent) {
      bytes += one.set.length;
      boolean latest = cluster.bucket(one.key.bucket()).conflict() == Conflict.LWW;
      entries.add(
          new Deliver.Entry(one.key, cluster.registerHash(one.key.bucket()), latest, one.set));
    }
    int millis = PATIENCE_MILLIS + (int) (bytes / LEAST_BYTES_PER_MILLI);
    ask(
        receiver,
        call -> new Deliver(call, millis, cluster.ringHash(), entries),
        millis,
        Delivered.class,
        onDelivered,
        onFailure);
  }

  /** Notes which of these the receiver has taken, and says so. */
  private static List<Sent> taken(UUID receiver, List<Sent> sent, Delivered answer) {
    List<Sent> took = new ArrayList<>(sent.size());
    for (int i = 0; i < sent.size(); i++) {
      if (answer.took().get(i)) {
        sent.get(i).holders.add(receiver);
        took.add(sent.get(i));
      }
    }
    return took;
  }

  /**
   * The bytes of a set for a stream; null where they have to wait. Large sets are in memory one at
   * a time: each stream that sends the same one shares it, another one is left to later streams.
   */
  private byte @Nullable [] encoded(Key key, Siblings set, Stream stream) {
    int bytes = SiblingsCodec.encodedBytes(set);
    if (bytes <= LARGE_BYTES) {
      return SiblingsCodec.encode(set);
    }
    Large present = large;
    if (present == null) {
      present = new Large(key, set);
      large = present;
    } else if (!present.key.equals(key)
        || present.hash != set.hash()
        || !present.marks.equals(set.marks())) {
      return null;
    }
    present.users.add(stream);
    return present.encoded;
  }

  /** A stream has sent all that it has read. */
  private void letGo(Stream stream) {
    Large present = large;
    if (present != null && present.users.remove(stream) && present.users.isEmpty()) {
      large = null;
    }
  }

  /** A large set that streams send. */
  private static final class Large {
    final Key key;
    final long hash;
    final List<RequestMark> marks;
    final byte[] encoded;
    final Set<Stream> users = new HashSet<>();

    Large(Key key, Siblings set) {
      this.key = key;
      this.hash = set.hash();
      this.marks = set.marks();
      this.encoded = SiblingsCodec.encode(set);
    }
  }

  /** Hints, and after them debts, on their way to one node. */
  private final class Stream {
    private final UUID node;
    private final Deque<Key> keys = new ArrayDeque<>();
    private final Deque<Sent> batch = new ArrayDeque<>();

    /** Debts whose marks name no primary any more. */
    private final Deque<Sent> unowed = new ArrayDeque<>();

    /** Through a partition with hints; null when all were walked through and debts follow. */
    private Hints.@Nullable Walk walk;

    private @Nullable Key after;
    private boolean last;

    /**
     * Something of the partition could not be looked for: of what it holds the walk says nothing.
     */
    private boolean cutShort;

    private boolean busy;
    private boolean pumping;
    private boolean ended;
    private int batchBytes;
    private boolean underWay;
    private @Nullable List<Sent> putOff;
    private long begunNanos = clock.nanoTime();
    private final HintPace pace = new HintPace(begunNanos);
    private boolean pausing;
    private boolean failed;
    private long delivered;

    Stream(UUID node) {
      this.node = node;
      int first = concern(node, 0);
      this.walk = first < 0 ? null : hints.walk(first);
    }

    void begin() {
      log.info(
          "delivery to {} begins: {} hints of {} bytes are kept for all, and it missed {} keys",
          cluster.name(node),
          hints.hints(),
          hints.bytes(),
          debts.missedBy(node));
      pump();
    }

    /** Reads on and sends when a batch is full; what comes at once only loops on. */
    private void pump() {
      if (pumping) {
        return;
      }
      pumping = true;
      while (!ended && !busy && !pausing && !underWay) {
        List<Sent> again = putOff;
        boolean full = batchBytes >= BATCH_BYTES || batch.size() >= BATCH_KEYS;
        Key key = again == null && !full && unowed.isEmpty() ? keys.poll() : null;
        if (!unowed.isEmpty()) {
          release(unowed.remove());
        } else if (again != null) {
          putOff = null;
          deliver(again);
        } else if (key != null) {
          read(key);
        } else if (full) {
          send();
        } else if (!last) {
          nextPage();
        } else if (!batch.isEmpty()) {
          send();
        } else {
          nextPartition();
        }
      }
      pumping = false;
    }

    private void nextPage() {
      Hints.Walk present = walk;
      if (present == null) {
        nextDebts();
        return;
      }
      busy = true;
      if (!scan(present.partition, after, this::onKeys)) {
        busy = false;
        last = true;
        failed = true;
        cutShort = true;
      }
    }

    /** Reads the next keys that the node has missed, in steps: they may be changing. */
    private void nextDebts() {
      List<Key> page = new ArrayList<>();
      after = debts.next(node, after, PAGE_DEBTS, page);
      last = after == null;
      busy = true;
      int[] missing = {page.size() + 1};
      Runnable passed =
          () -> {
            if (--missing[0] == 0) {
              busy = false;
              if (!pumping) {
                // Not from within a step.
                deadlines.set(1, this::pump);
              }
            }
          };
      for (Key key : page) {
        int partition = cluster.ring().partition(key.position());
        owner.step(
            key,
            partition,
            newest -> {
              onDebt(key, partition, newest);
              passed.run();
              return null;
            },
            why -> {
              failed = true;
              passed.run();
            });
      }
      passed.run();
    }

    private void onDebt(Key key, int partition, Kept newest) {
      if (newest.debt().none()) {
        debts.gone(key, partition);
      }
      if (ended || newest.debt().none()) {
        return;
      }
      byte[] set = encoded(key, newest.set(), this);
      if (set == null) {
        failed = true;
        return;
      }
      Sent sent = new Sent(key, partition, newest, set);
      if (newest.debt().paidTo(List.of(), cluster.primaries(key)).primaries().contains(node)) {
        batch.add(sent);
        batchBytes += set.length;
      } else {
        unowed.add(sent);
      }
    }

    private void onKeys(ScanPage page) {
      busy = false;
      if (ended) {
        return;
      }
      for (ScanPage.Entry entry : page.entries()) {
        keys.add(entry.key());
        after = entry.key();
      }
      last = page.last() || page.entries().isEmpty();
      pump();
    }

    private void read(Key key) {
      busy = true;
      if (!HintReplay.this.read(key, stored -> onRead(key, stored))) {
        busy = false;
        failed = true;
        cutShort = true;
      }
    }

    private void onRead(Key key, @Nullable Stored stored) {
      busy = false;
      if (ended) {
        return;
      }
      Hints.Walk present = walk;
      if (present == null) {
        throw new IllegalStateException("a hint outside of any partition");
      }
      cutShort |= unread(key, stored);
      Kept kept = kept(present, key, stored);
      if (!kept.hint().none() && cluster.mine(key)) {
        present.found(kept, List.of());
        keepForOneself(key, present.partition);
      } else if (!kept.hint().none()) {
        present.found(kept, kept.hint().wanted(cluster.primaries(key)));
        if (concerns(key, kept.hint(), node)) {
          byte[] set = encoded(key, kept.set(), this);
          if (set == null) {
            failed = true;
            cutShort = true;
          } else {
            batch.add(new Sent(key, present.partition, kept, set));
            batchBytes += set.length;
          }
        }
      }
      pump();
    }

    private void send() {
      List<Sent> sent = new ArrayList<>();
      int bytes = 0;
      while (!batch.isEmpty() && bytes < BATCH_BYTES && sent.size() < BATCH_KEYS) {
        Sent next = batch.remove();
        sent.add(next);
        bytes += next.set.length;
      }
      batchBytes -= bytes;
      List<Sent> known = new ArrayList<>();
      for (Sent one : sent) {
        if (one.debt || !one.hint.holders().isEmpty()) {
          known.add(one);
        }
      }
      if (known.isEmpty()) {
        deliver(sent);
        return;
      }
      // Where a primary has it already, this one may have it too, by another's hint or a repair.
      underWay = true;
      check(
          node,
          known,
          () -> {
            underWay = false;
            List<Sent> lacking = new ArrayList<>(sent);
            lacking.removeIf(one -> one.holders.contains(node));
            known.removeIf(one -> !one.holders.contains(node));
            held(
                known,
                () -> {
                  if (lacking.isEmpty()) {
                    rest(known.size());
                  } else {
                    deliver(lacking);
                  }
                });
          });
    }

    private void deliver(List<Sent> sent) {
      underWay = true;
      bring(
          node,
          sent,
          answer -> delivered(sent, answer),
          failure -> {
            if (failure instanceof CallFailure.Declined declined
                && declined.reason() == DeclineReason.OVERLOADED) {
              busy(sent);
            } else {
              notTaken();
            }
          });
    }

    private void delivered(List<Sent> sent, Delivered answer) {
      List<Sent> took = taken(node, sent, answer);
      boolean all = took.size() == sent.size();
      failed |= !all;
      held(
          took,
          () -> {
            if (all) {
              counters.hintBatchesDelivered++;
              rest(sent.size());
            } else {
              counters.hintBatchesFailed++;
              pause(pace.onFailed());
              pump();
            }
          });
    }

    private void rest(int entries) {
      long now = clock.nanoTime();
      pause(pace.onTaken(now - begunNanos, entries, hints.hints(), now));
      pump();
    }

    /**
     * The stream's node holds these. Where no primary is left that they were kept for, the others
     * are asked before any is removed.
     */
    private void held(List<Sent> sent, Runnable done) {
      delivered += sent.size();
      TreeMap<UUID, List<Sent>> asks = new TreeMap<>();
      for (Sent one : sent) {
        if (one.debt) {
          counters.debtsDelivered++;
          continue;
        }
        counters.hintsDelivered++;
        List<UUID> present = cluster.primaries(one.key);
        Hint left = one.hint.heldBy(one.holders, present);
        if (Collections.disjoint(left.primaries(), one.hint.primaries())) {
          for (UUID other : left.primaries()) {
            if (cluster.mayAnswer(other) && !peers.silent(other)) {
              asks.computeIfAbsent(other, unused -> new ArrayList<>()).add(one);
            }
          }
        }
      }
      underWay = true;
      int[] missing = {asks.size() + 1};
      Runnable heard =
          () -> {
            if (--missing[0] == 0) {
              underWay = false;
              sent.forEach(HintReplay.this::release);
              done.run();
            }
          };
      asks.forEach((other, asked) -> check(other, asked, heard));
      heard.run();
    }

    private void notTaken() {
      underWay = false;
      failed = true;
      counters.hintBatchesFailed++;
      pause(pace.onFailed());
      if (!cluster.mayAnswer(node)) {
        end();
      }
      pump();
    }

    /** The receiver's clients come first; the same hints are brought again in a moment. */
    private void busy(List<Sent> sent) {
      underWay = false;
      counters.hintBatchesPutOff++;
      putOff = sent;
      pause(pace.onBusy());
      pump();
    }

    private void pause(long nanos) {
      if (!pausing) {
        pausing = true;
        deadlines.set(
            nanos,
            () -> {
              pausing = false;
              begunNanos = clock.nanoTime();
              pump();
            });
      }
    }

    private void nextPartition() {
      Hints.Walk walked = walk;
      if (walked == null) {
        end();
        return;
      }
      if (!cutShort) {
        hints.walked(walked);
      }
      int next = concern(node, walked.partition + 1);
      if (!cluster.mayAnswer(node) || (next < 0 && debts.missedBy(node) == 0)) {
        end();
        return;
      }
      walk = next < 0 ? null : hints.walk(next);
      after = null;
      last = false;
      cutShort = false;
    }

    private void end() {
      if (!ended) {
        ended = true;
        streams.remove(node);
        letGo(this);
        log.info(
            "{} hints and debts were taken by {}{}",
            delivered,
            cluster.name(node),
            failed ? ", not all at the first try" : "");
      }
    }
  }

  /** One hint in a batch, as it stood when it was read, and who has said since that it holds it. */
  private static final class Sent {
    final Key key;
    final int partition;
    final byte[] set;
    final long hash;
    final boolean debt;
    final Hint hint;
    final Set<UUID> holders = new HashSet<>();
    private final List<RequestMark> marks;

    Sent(Key key, int partition, Kept kept, byte[] set) {
      this.key = key;
      this.partition = partition;
      this.set = set;
      this.hash = kept.set().hash();
      this.marks = kept.set().marks();
      this.debt = kept.hint().none();
      this.hint = kept.hint();
    }

    /** Whether it is kept as it was sent; a version hash says nothing of names of writes. */
    boolean stands(Kept newest) {
      return !(debt ? newest.debt() : newest.hint()).none()
          && newest.set().hash() == hash
          && newest.set().marks().equals(marks);
    }
  }
}
