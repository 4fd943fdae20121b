package starling.node;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.antientropy.Comparison;
import starling.node.cluster.BucketRegister;
import starling.node.cluster.Cluster;
import starling.node.coordinator.Admission;
import starling.node.coordinator.Entrance;
import starling.node.coordinator.Handover;
import starling.node.coordinator.Writes;
import starling.node.handoff.HintIntake;
import starling.node.metrics.NodeCounters;
import starling.node.peer.Peers;
import starling.node.peer.message.CheckHints;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.Deliver;
import starling.node.peer.message.Delivered;
import starling.node.peer.message.Done;
import starling.node.peer.message.FenceBucket;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.ForwardOutcome;
import starling.node.peer.message.ForwardWrite;
import starling.node.peer.message.HasSeen;
import starling.node.peer.message.HintPartitions;
import starling.node.peer.message.HintsHeld;
import starling.node.peer.message.HoldStill;
import starling.node.peer.message.Holds;
import starling.node.peer.message.KeepFact;
import starling.node.peer.message.KeyPage;
import starling.node.peer.message.ListHints;
import starling.node.peer.message.ListKeys;
import starling.node.peer.message.OtherBucket;
import starling.node.peer.message.OtherRing;
import starling.node.peer.message.Request;
import starling.node.peer.message.Response;
import starling.node.peer.message.Store;
import starling.node.peer.message.StorePurpose;
import starling.node.peer.message.Took;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.reconfig.Promises;
import starling.node.replica.Hint;
import starling.node.replica.Hints;
import starling.node.replica.LocalReplica;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.WriteOutcome;
import starling.node.storage.ContainedStorage;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;
import starling.node.storage.Stored;
import starling.node.version.IdempotencyKey;
import starling.node.version.MalformedException;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * Answers the questions of other nodes. A question that was decided by another ring, or that this
 * node cannot carry out, is answered with words and nothing is done; what is done is answered only
 * when it is as durable as was asked.
 */
final class Questions {
  private static final Logger log = LoggerFactory.getLogger(Questions.class);

  /** From one batch of hints to the next while clients wait: with 64 KiB each, 1.6 MiB a second. */
  private static final long STRAINED_INTAKE_NANOS = 40_000_000;

  private static final String FAILED = "an error inside the node ended it";

  private record Caller(UUID peer, long call) {}

  /** A write that was handed to this node and has not ended. */
  private record Handed(Asked asked, Writes.Pending pending, long begunNanos, int valueBytes) {}

  /** A question that is worked on. It counts until its end, and has one, whatever throws. */
  private final class Asked {
    private final UUID from;
    private final long call;
    private boolean ended;

    Asked(UUID from, long call) {
      this.from = from;
      this.call = call;
      underWay++;
    }

    /** Nobody waits for it any more. False if it had ended before. */
    boolean end() {
      if (ended) {
        return false;
      }
      ended = true;
      underWay--;
      return true;
    }

    void answer(Response answer) {
      if (end()) {
        peers.answer(from, answer);
      }
    }

    void decline(DeclineReason reason, String detail) {
      if (end()) {
        Questions.this.decline(from, call, reason, detail);
      }
    }
  }

  private final Cluster cluster;
  private final Peers peers;
  private final LocalReplica local;
  private final Storage storage;
  private final Hints hints;
  private final Handover handover;
  private final Promises promises;
  private final Clock clock;
  private final NodeCounters counters;
  private final Entrance entrance;
  private final int most;

  /** Bytes of the values of writes that other nodes have forwarded and that have not ended. */
  private final long maxForwardedBytes;

  private final HintIntake intake = new HintIntake(STRAINED_INTAKE_NANOS);

  /** Questions that were begun and not answered, writes that were handed over among them. */
  private int underWay;

  private final Map<Caller, Handed> handedOver = new HashMap<>();

  /** Bytes of the values in them. */
  private long handedBytes;

  Questions(
      Cluster cluster,
      Peers peers,
      LocalReplica local,
      Storage storage,
      Hints hints,
      Handover handover,
      Promises promises,
      Clock clock,
      NodeCounters counters,
      Entrance entrance,
      int most,
      long maxForwardedBytes) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.storage = storage;
    this.hints = hints;
    this.handover = handover;
    this.promises = promises;
    this.clock = clock;
    this.counters = counters;
    this.entrance = entrance;
    this.most = most;
    this.maxForwardedBytes = maxForwardedBytes;
  }

  void on(UUID from, Request question) {
    try {
      if (promised(from, question)) {
        return;
      }
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("a promise that {} asked for was ended by an error", cluster.name(from), e);
      reply(from, question.call(), DeclineReason.FAILED);
      return;
    }
    if (question instanceof ListHints list && list.ring() == cluster.ringHash()) {
      // Answered by a node that does not serve yet, too: the asker waits for it.
      peers.tell(
          from, new HintPartitions(list.call(), hints.everHeld(cluster.ring().partitions())));
      return;
    }
    String notServing = cluster.notServing();
    if (notServing != null) {
      decline(from, question.call(), DeclineReason.NOT_READY, notServing);
      return;
    }
    if (question.ring() != cluster.ringHash()) {
      counters.ringDifferences++;
      peers.tell(from, new OtherRing(question.call(), cluster.ringFacts().encode()));
      return;
    }
    if (underWay >= most) {
      decline(from, question.call(), DeclineReason.OVERLOADED, "too many questions are under way");
      return;
    }
    Asked asked = new Asked(from, question.call());
    try {
      begin(asked, question);
    } catch (MalformedException e) {
      asked.decline(DeclineReason.FAILED, "it could not be read: " + e.getMessage());
      throw e;
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("a question of {} was ended by an error", cluster.name(from), e);
      asked.decline(DeclineReason.FAILED, FAILED);
    }
  }

  /** Whether this asks for a promise, which is given whether the node serves or not. */
  private boolean promised(UUID from, Request question) {
    if (question instanceof KeepFact fact) {
      promises.keep(
          fact.name(),
          fact.value(),
          durable -> reply(from, fact.call(), durable ? null : DeclineReason.STORAGE_FAILED));
    } else if (question instanceof HoldStill hold) {
      promises.holdStill(hold.version(), reason -> reply(from, hold.call(), reason));
    } else if (question instanceof FenceBucket hold) {
      reply(from, hold.call(), promises.holdBucket(hold.bucket()));
    } else {
      return false;
    }
    return true;
  }

  private void begin(Asked asked, Request question) {
    if (question instanceof Fetch fetch) {
      if (sameRegister(asked, fetch.key().bucket(), fetch.register())) {
        fetch(asked, fetch);
      }
    } else if (question instanceof Store store) {
      if (sameRegister(asked, store.key().bucket(), store.register())) {
        store(asked, store);
      }
    } else if (question instanceof ForwardWrite handOn) {
      if (sameRegister(asked, handOn.request().bucket(), handOn.register())) {
        handOn(asked, handOn);
      }
    } else if (question instanceof ListKeys list) {
      listKeys(asked, list);
    } else if (question instanceof Deliver deliver) {
      deliver(asked, deliver);
    } else if (question instanceof CheckHints check) {
      checkHints(asked, check);
    } else {
      asked.answer(new Done(question.call()));
    }
  }

  /** A question that lay here for longer than its asker waits: surely nothing is done. */
  void tooLate(UUID from, Request question) {
    counters.late++;
    decline(from, question.call(), DeclineReason.TOO_LATE, "it came too late");
  }

  /** The asker has given up: what was handed over and not begun will not be. */
  void forget(UUID from, long call) {
    Caller caller = new Caller(from, call);
    Handed handed = handedOver.get(caller);
    if (handed != null) {
      handed.pending().abandon();
      if (handed.pending().ended()) {
        ended(caller);
        var unused = handed.asked().end();
      }
    }
  }

  private void ended(Caller caller) {
    Handed handed = handedOver.remove(caller);
    if (handed != null) {
      handedBytes -= handed.valueBytes();
      entrance.ended(handed.begunNanos());
    }
  }

  /**
   * Whether the asker decided by the register of the bucket that this node has; tells it if not.
   */
  private boolean sameRegister(Asked asked, String bucket, long theirs) {
    if (cluster.registerHash(bucket) == theirs) {
      return true;
    }
    counters.registerDifferences++;
    BucketRegister mine = cluster.register(bucket);
    asked.answer(new OtherBucket(asked.call, bucket, mine == null ? new byte[0] : mine.encode()));
    return false;
  }

  private void fetch(Asked asked, Fetch fetch) {
    log.debug("request {}: {} asks for {}", fetch.requestId(), asked.from, fetch.part());
    Key key = fetch.key();
    int partition = cluster.ring().partition(key.position());
    switch (fetch.part()) {
      case DIGEST ->
          asked.answer(new Holds(fetch.call(), local.complete(partition), local.digest(key), null));
      case WHOLE ->
          local.whole(
              key,
              // Asked only now: the read itself may have found that something is lost.
              stored -> asked.answer(holds(fetch.call(), local.complete(partition), stored)),
              () -> unreadable(asked));
      case PAST ->
          local.newest(
              key,
              partition,
              newest -> asked.answer(hasSeen(fetch, newest)),
              why ->
                  // What is not as it should be here says nothing of the others.
                  asked.decline(
                      DeclineReason.of(why), "what is held of the key cannot be told: " + why));
    }
  }

  private static Holds holds(long call, boolean complete, @Nullable Stored stored) {
    return stored == null
        ? new Holds(call, complete, LocalReplica.NOTHING, null)
        : new Holds(call, complete, stored.versionHash(), stored.set());
  }

  private HasSeen hasSeen(Fetch fetch, Siblings newest) {
    Past past = newest.hash() == fetch.knownHash() ? null : newest.past();
    IdempotencyKey name = fetch.idempotency();
    boolean again = name != null && name.first(newest) != null;
    return new HasSeen(
        fetch.call(),
        local.complete(cluster.ring().partition(fetch.key().position())),
        past,
        again ? SiblingsCodec.encode(newest) : null);
  }

  private static void unreadable(Asked asked) {
    asked.decline(DeclineReason.STORAGE_FAILED, "what is held of the key cannot be read");
  }

  private void store(Asked asked, Store store) {
    log.debug("request {}: {} sends {}", store.requestId(), asked.from, store.purpose());
    Key key = store.key();
    if (cluster.holdsBucket(key.bucket())) {
      asked.decline(DeclineReason.NOT_READY, "the bucket's properties are being set");
      return;
    }
    boolean latest = cluster.bucket(key.bucket()).conflict() == Conflict.LWW;
    if (store.lww() != latest) {
      asked.decline(DeclineReason.NOT_READY, "the bucket judges conflicts otherwise");
      return;
    }
    Conflict conflict = store.lww() ? Conflict.LWW : Conflict.SIBLINGS;
    int partition = cluster.ring().partition(key.position());
    Consumer<@Nullable DeclineReason> done =
        reason -> {
          if (reason == null) {
            asked.answer(new Took(store.call()));
          } else {
            asked.decline(reason, "the log did not take it");
          }
        };
    if (cluster.mine(key)) {
      local.store(key, partition, store.set(), conflict, store.durability(), store.purpose(), done);
    } else if (store.standsFor() != null) {
      Hint hint = Hint.of(store.standsFor(), clock.wallMillis());
      local.storeHint(key, partition, store.set(), conflict, store.durability(), hint, done);
    } else {
      asked.decline(DeclineReason.NOT_MINE, "this node does not keep the key");
    }
  }

  /** Merges each hint as if its write had only now come; answered when all are fsynced. */
  private void deliver(Asked asked, Deliver deliver) {
    if (!intake.takes(entrance.strained(), clock.nanoTime())) {
      asked.decline(DeclineReason.OVERLOADED, "clients come first");
      return;
    }
    int entries = deliver.entries().size();
    Delivery delivery = new Delivery(asked, entries);
    for (int place = 0; place < entries; place++) {
      try {
        deliver(delivery, place, deliver.entries().get(place));
      } catch (MalformedException e) {
        counters.malformed++;
        log.warn("a hint from {} could not be read: {}", cluster.name(asked.from), e.getMessage());
        delivery.ended(place, false);
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        log.error("a hint from {} was ended by an error", cluster.name(asked.from), e);
        delivery.ended(place, false);
      }
    }
    delivery.begun();
  }

  private void deliver(Delivery delivery, int place, Deliver.Entry entry) {
    Key key = entry.key();
    boolean latest = cluster.bucket(key.bucket()).conflict() == Conflict.LWW;
    if (cluster.registerHash(key.bucket()) != entry.register()) {
      // Gossip brings the registers together; the hint stays until then.
      counters.registerDifferences++;
      delivery.ended(place, false);
    } else if (!cluster.mine(key) || cluster.holdsBucket(key.bucket()) || latest != entry.lww()) {
      delivery.ended(place, false);
    } else {
      local.store(
          key,
          cluster.ring().partition(key.position()),
          entry.set(),
          latest ? Conflict.LWW : Conflict.SIBLINGS,
          Durability.SYNCED,
          StorePurpose.WRITE,
          reason -> delivery.ended(place, reason == null));
    }
  }

  /** A batch of hints: one that cannot be taken leaves the others as they are. */
  private static final class Delivery {
    private final Asked asked;
    private final BitSet took = new BitSet();
    private final BitSet missing = new BitSet();
    private boolean begun;

    Delivery(Asked asked, int entries) {
      this.asked = asked;
      this.missing.set(0, entries);
    }

    void ended(int place, boolean well) {
      if (missing.get(place)) {
        missing.clear(place);
        took.set(place, well);
        answer();
      }
    }

    void begun() {
      begun = true;
      answer();
    }

    private void answer() {
      if (begun && missing.isEmpty()) {
        asked.answer(new Delivered(asked.call, took));
      }
    }
  }

  /**
   * Says which sets this node holds exactly so. That is the other node's ground to remove a hint,
   * so it is said only when all that was looked at is fsynced.
   */
  private void checkHints(Asked asked, CheckHints check) {
    BitSet held = new BitSet();
    for (int i = 0; i < check.entries().size(); i++) {
      CheckHints.Digest entry = check.entries().get(i);
      // By another register there may be other primaries than the asker has in mind.
      held.set(
          i,
          cluster.registerHash(entry.key().bucket()) == entry.register()
              && cluster.mine(entry.key())
              && local.digest(entry.key()) == entry.hash());
    }
    if (held.isEmpty()) {
      asked.answer(new HintsHeld(asked.call, held));
      return;
    }
    ContainedStorage.complete(
        "the sync of the log",
        storage::sync,
        failure -> {
          if (failure == null) {
            asked.answer(new HintsHeld(asked.call, held));
          } else {
            asked.decline(DeclineReason.STORAGE_FAILED, "the log has failed");
          }
        });
  }

  /** Costs this node as much as a client's own request, and is taken on under the same bounds. */
  private void handOn(Asked asked, ForwardWrite handOn) {
    log.debug("request {}: handed on by {}", handOn.request().requestId(), asked.from);
    if (entrance.judge(handOn.remainingMillis()) != Admission.Verdict.TAKEN) {
      asked.decline(DeclineReason.OVERLOADED, "too many requests are under way");
      return;
    }
    int valueBytes = handOn.request().content().valueBytes();
    if (handedBytes + valueBytes > maxForwardedBytes) {
      asked.decline(DeclineReason.OVERLOADED, "too many bytes are held for others already");
      return;
    }
    Caller caller = new Caller(asked.from, handOn.call());
    long begunNanos = clock.nanoTime();
    Handover.Taken taken =
        handover.take(
            handOn.request(),
            handOn.standIn(),
            handOn.remainingMillis(),
            outcome -> {
              ended(caller);
              if (!(outcome instanceof WriteOutcome.Refused refused)
                  || !refused.refusal().couldBeMade()
                  || sameRegister(asked, handOn.request().bucket(), handOn.register())) {
                asked.answer(new ForwardOutcome(handOn.call(), outcome));
              }
            });
    if (taken.declined() != null) {
      asked.decline(taken.declined(), "this node may not coordinate the write");
    } else if (taken.pending() != null && !taken.pending().ended()) {
      handedBytes += valueBytes;
      handedOver.put(caller, new Handed(asked, taken.pending(), begunNanos, valueBytes));
      entrance.begun();
    }
  }

  private void listKeys(Asked asked, ListKeys list) {
    if (list.registers() != cluster.registersHash()) {
      // Which keys a node keeps depends on n of their buckets; gossip brings them together.
      counters.registerDifferences++;
      asked.decline(DeclineReason.NOT_READY, "the registers of buckets differ");
      return;
    }
    int partitions = cluster.ring().partitions();
    ContainedStorage.scan(
        storage,
        PositionRange.ofPartition(list.partition(), Integer.numberOfTrailingZeros(partitions)),
        list.after(),
        Comparison.PAGE_KEYS,
        page ->
            asked.answer(
                new KeyPage(
                    list.call(),
                    local.complete(list.partition()),
                    page.last(),
                    page.entries().stream().map(ScanPage.Entry::key).toArray(Key[]::new),
                    page.entries().stream().mapToLong(ScanPage.Entry::versionHash).toArray())),
        () -> asked.decline(DeclineReason.STORAGE_FAILED, "the keys cannot be named"));
  }

  /** Questions that are not answered yet. */
  int underWay() {
    return underWay;
  }

  private void reply(UUID to, long call, @Nullable DeclineReason reason) {
    if (call == 0) {
      return;
    }
    if (reason == null) {
      peers.tell(to, new Done(call));
    } else {
      decline(to, call, reason, "declined: " + reason);
    }
  }

  private void decline(UUID to, long call, DeclineReason reason, String detail) {
    counters.declined++;
    if (call != 0) {
      peers.tell(to, new Declined(call, reason, detail));
    }
  }
}
