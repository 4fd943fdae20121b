package starling.node.handoff;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.CallFailure;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Delivered;
import starling.node.port.Clock;
import starling.node.replica.DebtLedger;
import starling.node.replica.Hint;
import starling.node.replica.HintLedger;
import starling.node.replica.KeyOwner;
import starling.node.replica.StoredValue;
import starling.node.storage.Key;
import starling.node.storage.ScanPage;
import starling.node.storage.Stored;

/**
 * Delivers hints, and after them debts, to one node: reads them in the order of the ring, sends
 * batches that are acknowledged after their fsync, and removes hints whose set every primary holds.
 * {@link HandoffThrottle} says how fast.
 */
final class HandoffSender {
  private static final Logger log = LoggerFactory.getLogger(HandoffSender.class);

  static final int BATCH_BYTES = 64 << 10;
  static final int BATCH_KEYS = 128;
  private static final int PAGE_DEBTS = 16;

  private final ClusterView cluster;
  private final PeerClient peers;
  private final KeyOwner owner;
  private final HintLedger hints;
  private final DebtLedger debts;
  private final Clock clock;
  private final DeadlineWheel deadlines;
  private final NodeCounters counters;
  private final HintedHandoff handoff;
  private final HandoffCalls calls;
  private final HintRecords records;
  private final HintRemoval removal;
  private final SharedEncoding encodings;
  private final UUID node;
  private final Deque<Key> keys = new ArrayDeque<>();
  private final Deque<SentHint> batch = new ArrayDeque<>();

  /** Debts that name no present primary. */
  private final Deque<SentHint> unowed = new ArrayDeque<>();

  /** The walk of a partition with hints; null when all were walked and debts follow. */
  private HintLedger.@Nullable Recount walk;

  private @Nullable Key after;
  private boolean last;

  /** A part of the partition could not be read: the walk is incomplete. */
  private boolean cutShort;

  private boolean busy;
  private boolean pumping;
  private boolean ended;
  private int batchBytes;
  private boolean underWay;
  private @Nullable List<SentHint> putOff;
  private long begunNanos;
  private final HandoffThrottle pace;
  private boolean pausing;
  private boolean failed;
  private boolean told;
  private long delivered;

  HandoffSender(
      HandoffParts parts,
      HintedHandoff handoff,
      HandoffCalls calls,
      HintRecords records,
      HintRemoval removal,
      SharedEncoding encodings,
      UUID node) {
    this.cluster = parts.cluster();
    this.peers = parts.peers();
    this.owner = parts.owner();
    this.hints = parts.hints();
    this.debts = parts.debts();
    this.clock = parts.clock();
    this.deadlines = parts.deadlines();
    this.counters = parts.counters();
    this.handoff = handoff;
    this.calls = calls;
    this.records = records;
    this.removal = removal;
    this.encodings = encodings;
    this.node = node;
    this.begunNanos = clock.nanoTime();
    this.pace = new HandoffThrottle(begunNanos);
    int first = handoff.concern(node, 0);
    this.walk = first < 0 ? null : hints.walk(first);
  }

  void begin() {
    pump();
  }

  /** Tells of a delivery when its first batch is sent: there may be nothing but what must wait. */
  private void tellOnce() {
    if (told) {
      return;
    }
    told = true;
    log.info(
        "delivery of hints to {} begins: this node holds {} hints of {} bytes for all nodes, and the receiver missed {} keys",
        cluster.name(node),
        hints.hints(),
        hints.bytes(),
        debts.missedBy(node));
  }

  /** Reads on and sends when a batch is full; answers that come at once continue the loop. */
  private void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    while (!ended && !busy && !pausing && !underWay) {
      List<SentHint> again = putOff;
      boolean full = batchBytes >= BATCH_BYTES || batch.size() >= BATCH_KEYS;
      Key key = again == null && !full && unowed.isEmpty() ? keys.poll() : null;
      if (!unowed.isEmpty()) {
        removal.release(unowed.remove());
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
    HintLedger.Recount present = walk;
    if (present == null) {
      nextDebts();
      return;
    }
    busy = true;
    if (!records.scan(present.partition, after, this::onKeys)) {
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
      if (encodings.waits(node, key, clock.nanoTime())) {
        failed = true;
        passed.run();
        continue;
      }
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

  private void onDebt(Key key, int partition, StoredValue newest) {
    if (newest.debt().none()) {
      debts.gone(key, partition);
    }
    if (ended || newest.debt().none()) {
      return;
    }
    byte[] set = encodings.encoded(key, newest.set(), this);
    if (set == null) {
      failed = true;
      return;
    }
    SentHint sent = new SentHint(key, partition, newest, set);
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
    if (encodings.waits(node, key, clock.nanoTime())) {
      failed = true;
      cutShort = true;
      return;
    }
    busy = true;
    if (!records.read(key, stored -> onRead(key, stored))) {
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
    HintLedger.Recount present = walk;
    if (present == null) {
      throw new IllegalStateException("a hint outside of any partition");
    }
    cutShort |= records.unread(key, stored);
    StoredValue kept = HintRecords.kept(present, key, stored);
    if (!kept.hint().none() && cluster.mine(key)) {
      present.found(kept, List.of());
      removal.keepForOneself(key, present.partition);
    } else if (!kept.hint().none()) {
      present.found(kept, kept.hint().wanted(cluster.primaries(key)));
      if (kept.hint().wanted(cluster.primaries(key)).contains(node)) {
        byte[] set = encodings.encoded(key, kept.set(), this);
        if (set == null) {
          failed = true;
          cutShort = true;
        } else {
          batch.add(new SentHint(key, present.partition, kept, set));
          batchBytes += set.length;
        }
      }
    }
    pump();
  }

  private void send() {
    tellOnce();
    List<SentHint> sent = new ArrayList<>();
    int bytes = 0;
    while (!batch.isEmpty() && bytes < BATCH_BYTES && sent.size() < BATCH_KEYS) {
      SentHint next = batch.remove();
      sent.add(next);
      bytes += next.set.length;
    }
    batchBytes -= bytes;
    List<SentHint> known = new ArrayList<>();
    for (SentHint one : sent) {
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
    calls.check(
        node,
        known,
        () -> {
          underWay = false;
          List<SentHint> lacking = new ArrayList<>(sent);
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

  private void deliver(List<SentHint> sent) {
    underWay = true;
    calls.bring(
        node,
        sent,
        answer -> delivered(sent, answer),
        failure -> {
          if (failure instanceof CallFailure.Declined declined
              && declined.reason() == DeclineReason.OVERLOADED) {
            busy(sent);
          } else {
            notTaken(sent);
          }
        });
  }

  /** Another large set may be encoded once no read hint waits to be sent. */
  private void letGoWhereNothingIsLeft() {
    if (batch.isEmpty()) {
      encodings.letGo(this);
    }
  }

  private void delivered(List<SentHint> sent, Delivered answer) {
    letGoWhereNothingIsLeft();
    List<SentHint> took = HandoffCalls.taken(node, sent, answer);
    boolean all = took.size() == sent.size();
    failed |= !all;
    encodings.accepted(node, took);
    if (!all) {
      List<SentHint> left = new ArrayList<>(sent);
      left.removeAll(took);
      encodings.rejected(node, left, clock.nanoTime());
    }
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
   * The receiver holds these. If a hint has no further target, the other primaries are asked before
   * it is removed.
   */
  private void held(List<SentHint> sent, Runnable done) {
    delivered += sent.size();
    TreeMap<UUID, List<SentHint>> asks = new TreeMap<>();
    for (SentHint one : sent) {
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
            sent.forEach(removal::release);
            done.run();
          }
        };
    asks.forEach((other, asked) -> calls.check(other, asked, heard));
    heard.run();
  }

  private void notTaken(List<SentHint> sent) {
    letGoWhereNothingIsLeft();
    underWay = false;
    encodings.rejected(node, sent, clock.nanoTime());
    failed = true;
    counters.hintBatchesFailed++;
    pause(pace.onFailed());
    if (!cluster.mayAnswer(node)) {
      end();
    }
    pump();
  }

  /** The receiver's clients come first; the same hints are sent again in a moment. */
  private void busy(List<SentHint> sent) {
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
    HintLedger.Recount walked = walk;
    if (walked == null) {
      end();
      return;
    }
    if (!cutShort) {
      hints.walked(walked);
    }
    int next = handoff.concern(node, walked.partition + 1);
    if (!cluster.mayAnswer(node) || (next < 0 && debts.missedBy(node) == 0)) {
      end();
      return;
    }
    walk = next < 0 ? null : hints.walk(next);
    after = null;
    last = false;
    cutShort = false;
  }

  /** Sends nothing more. */
  void end() {
    if (!ended) {
      ended = true;
      handoff.ended(node);
      encodings.letGo(this);
      if (told) {
        log.info(
            "{} hints and debts were delivered to {}{}",
            delivered,
            cluster.name(node),
            failed ? ", not all at the first try" : "");
      }
    }
  }
}
