package starling.node.replica;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.coordinator.Admission;
import starling.node.coordinator.BucketProperties.Conflict;
import starling.node.coordinator.HintIntake;
import starling.node.port.Clock;
import starling.node.replica.PeerMessage.Part;
import starling.node.replica.PeerMessage.Purpose;
import starling.node.replica.PeerMessage.Reason;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;
import starling.node.version.IdempotencyKey;
import starling.node.version.Past;
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

  /** Values that were handed to this node and wait; as much as the bodies of clients may take. */
  private static final long MOST_HANDED_BYTES = 128L << 20;

  private record Caller(UUID peer, long call) {}

  /** A write that was handed to this node and has not ended. */
  private record Handed(Writes.Pending pending, long begunNanos, int valueBytes) {}

  private final Cluster cluster;
  private final Peers peers;
  private final LocalReplica local;
  private final Storage storage;
  private final Handover handover;
  private final Promises promises;
  private final Clock clock;
  private final NodeCounters counters;
  private final Entrance entrance;
  private final int most;
  private final HintIntake intake = new HintIntake(STRAINED_INTAKE_NANOS);

  /**
   * Questions that were begun and not answered. Each is counted when its beginning has returned:
   * one that cannot be read throws there, and what is answered within is taken off before it is
   * counted.
   */
  private int underWay;

  private final Map<Caller, Handed> handedOver = new HashMap<>();

  /** Bytes of the values in them. */
  private long handedBytes;

  Questions(
      Cluster cluster,
      Peers peers,
      LocalReplica local,
      Storage storage,
      Handover handover,
      Promises promises,
      Clock clock,
      NodeCounters counters,
      Entrance entrance,
      int most) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.storage = storage;
    this.handover = handover;
    this.promises = promises;
    this.clock = clock;
    this.counters = counters;
    this.entrance = entrance;
    this.most = most;
  }

  void on(UUID from, PeerMessage.Question question) {
    if (question instanceof PeerMessage.KeepFact fact) {
      promises.keep(
          fact.name(),
          fact.value(),
          durable -> reply(from, fact.call(), durable ? null : Reason.STORAGE_FAILED));
      return;
    }
    if (question instanceof PeerMessage.HoldStill hold) {
      promises.holdStill(hold.version(), reason -> reply(from, hold.call(), reason));
      return;
    }
    if (question instanceof PeerMessage.HoldBucket hold) {
      reply(from, hold.call(), promises.holdBucket(hold.bucket()));
      return;
    }
    String notServing = cluster.notServing();
    if (notServing != null) {
      decline(from, question.call(), Reason.NOT_READY, notServing);
      return;
    }
    if (question.ring() != cluster.ringHash()) {
      counters.ringDifferences++;
      peers.tell(from, new PeerMessage.OtherRing(question.call(), cluster.ringFacts().encode()));
      return;
    }
    if (underWay + handedOver.size() >= most) {
      decline(from, question.call(), Reason.OVERLOADED, "too many questions are under way");
    } else if (question instanceof PeerMessage.Fetch fetch) {
      fetch(from, fetch);
    } else if (question instanceof PeerMessage.Store store) {
      store(from, store);
    } else if (question instanceof PeerMessage.HandOn handOn) {
      handOn(from, handOn);
    } else if (question instanceof PeerMessage.ListKeys list) {
      listKeys(from, list);
    } else if (question instanceof PeerMessage.Probe probe) {
      peers.tell(from, new PeerMessage.Done(probe.call()));
    } else if (question instanceof PeerMessage.Deliver deliver) {
      deliver(from, deliver);
    }
  }

  /** A question that lay here for longer than its asker waits: surely nothing is done. */
  void tooLate(UUID from, PeerMessage.Question question) {
    counters.late++;
    decline(from, question.call(), Reason.TOO_LATE, "it came too late");
  }

  /** The asker has given up: what was handed over and not begun will not be. */
  void forget(UUID from, long call) {
    Caller caller = new Caller(from, call);
    Handed handed = handedOver.get(caller);
    if (handed != null) {
      handed.pending().abandon();
      if (handed.pending().ended()) {
        ended(caller);
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

  private void fetch(UUID from, PeerMessage.Fetch fetch) {
    log.debug("request {}: {} asks for {}", fetch.requestId(), from, fetch.part());
    Key key = fetch.key();
    int partition = cluster.ring().partition(key.position());
    if (fetch.part() == Part.DIGEST) {
      peers.tell(
          from,
          new PeerMessage.Holds(fetch.call(), local.complete(partition), local.digest(key), null));
    } else if (fetch.part() == Part.WHOLE) {
      local.whole(
          key,
          stored -> {
            underWay--;
            // Asked only now: the read itself may have found that something is lost.
            boolean complete = local.complete(partition);
            peers.tell(
                from,
                stored == null
                    ? new PeerMessage.Holds(fetch.call(), complete, LocalReplica.NOTHING, null)
                    : new PeerMessage.Holds(
                        fetch.call(), complete, stored.versionHash(), stored.set()));
          },
          () -> unreadable(from, fetch));
      underWay++;
    } else {
      local.newest(
          key,
          partition,
          newest -> {
            underWay--;
            Past past = newest.hash() == fetch.knownHash() ? null : newest.past();
            IdempotencyKey name = fetch.idempotency();
            boolean again = name != null && name.first(newest, clock.wallMillis()) != null;
            peers.tell(
                from,
                new PeerMessage.HasSeen(
                    fetch.call(),
                    newest.isEmpty(),
                    past,
                    again ? SiblingsCodec.encode(newest) : null));
          },
          why -> unreadable(from, fetch));
      underWay++;
    }
  }

  private void unreadable(UUID from, PeerMessage.Fetch fetch) {
    underWay--;
    decline(from, fetch.call(), Reason.STORAGE_FAILED, "what is held of the key cannot be read");
  }

  private void store(UUID from, PeerMessage.Store store) {
    log.debug("request {}: {} sends {}", store.requestId(), from, store.purpose());
    Key key = store.key();
    if (cluster.holdsBucket(key.bucket())) {
      decline(from, store.call(), Reason.NOT_READY, "the bucket's properties are being set");
      return;
    }
    boolean latest = cluster.bucket(key.bucket()).conflict() == Conflict.LWW;
    if (store.lww() != latest) {
      decline(from, store.call(), Reason.NOT_READY, "the bucket judges conflicts otherwise");
      return;
    }
    Conflict conflict = store.lww() ? Conflict.LWW : Conflict.SIBLINGS;
    int partition = cluster.ring().partition(key.position());
    Consumer<@Nullable Reason> done =
        reason -> {
          underWay--;
          if (reason == null) {
            peers.tell(from, new PeerMessage.Took(store.call()));
          } else {
            decline(
                from,
                store.call(),
                reason,
                reason == Reason.NOT_MINE
                    ? "this node does not keep the key"
                    : "the log did not take it");
          }
        };
    if (cluster.mine(key)) {
      local.store(key, partition, store.set(), conflict, store.durability(), store.purpose(), done);
    } else if (store.standsFor() != null) {
      Hint hint = Hint.of(store.standsFor(), clock.wallMillis());
      local.storeHint(key, partition, store.set(), conflict, store.durability(), hint, done);
    } else {
      done.accept(Reason.NOT_MINE);
    }
    underWay++;
  }

  /** Merges each hint as if its write had only now come; answered when all are fsynced. */
  private void deliver(UUID from, PeerMessage.Deliver deliver) {
    if (!intake.takes(entrance.strained(), clock.nanoTime())) {
      decline(from, deliver.call(), Reason.OVERLOADED, "clients come first");
      return;
    }
    BitSet took = new BitSet();
    if (deliver.entries().isEmpty()) {
      peers.tell(from, new PeerMessage.Delivered(deliver.call(), took));
      return;
    }
    int[] missing = {deliver.entries().size()};
    for (int i = 0; i < deliver.entries().size(); i++) {
      int place = i;
      PeerMessage.Deliver.Entry entry = deliver.entries().get(i);
      Consumer<@Nullable Reason> done =
          reason -> {
            took.set(place, reason == null);
            if (--missing[0] == 0) {
              underWay--;
              peers.tell(from, new PeerMessage.Delivered(deliver.call(), took));
            }
          };
      Key key = entry.key();
      boolean latest = cluster.bucket(key.bucket()).conflict() == Conflict.LWW;
      if (!cluster.mine(key) || cluster.holdsBucket(key.bucket()) || latest != entry.lww()) {
        done.accept(Reason.NOT_MINE);
      } else {
        local.store(
            key,
            cluster.ring().partition(key.position()),
            entry.set(),
            latest ? Conflict.LWW : Conflict.SIBLINGS,
            Durability.SYNCED,
            Purpose.WRITE,
            done);
      }
    }
    underWay++;
  }

  /** Costs this node as much as a client's own request, and is taken on under the same bounds. */
  private void handOn(UUID from, PeerMessage.HandOn handOn) {
    log.debug("request {}: handed on by {}", handOn.request().requestId(), from);
    if (entrance.judge(handOn.remainingMillis()) != Admission.Verdict.TAKEN) {
      decline(from, handOn.call(), Reason.OVERLOADED, "too many requests are under way");
      return;
    }
    int valueBytes = handOn.request().content().valueBytes();
    if (handedBytes + valueBytes > MOST_HANDED_BYTES) {
      decline(from, handOn.call(), Reason.OVERLOADED, "too many bytes are held for others already");
      return;
    }
    Caller caller = new Caller(from, handOn.call());
    long begunNanos = clock.nanoTime();
    Handover.Taken taken =
        handover.take(
            handOn.request(),
            handOn.standIn(),
            handOn.remainingMillis(),
            outcome -> {
              ended(caller);
              peers.tell(from, new PeerMessage.Outcome(handOn.call(), outcome));
            });
    if (taken.declined() != null) {
      decline(from, handOn.call(), taken.declined(), "this node may not coordinate the write");
    } else if (taken.pending() != null && !taken.pending().ended()) {
      handedBytes += valueBytes;
      handedOver.put(caller, new Handed(taken.pending(), begunNanos, valueBytes));
      entrance.begun();
    }
  }

  private void listKeys(UUID from, PeerMessage.ListKeys list) {
    int partitions = cluster.ring().partitions();
    storage.scan(
        PositionRange.ofPartition(list.partition(), Integer.numberOfTrailingZeros(partitions)),
        list.after(),
        Comparison.PAGE_KEYS,
        page -> {
          underWay--;
          peers.tell(
              from,
              new PeerMessage.Keys(
                  list.call(),
                  local.complete(list.partition()),
                  page.last(),
                  page.entries().stream().map(ScanPage.Entry::key).toArray(Key[]::new),
                  page.entries().stream().mapToLong(ScanPage.Entry::versionHash).toArray()));
        });
    underWay++;
  }

  private void reply(UUID to, long call, @Nullable Reason reason) {
    if (call == 0) {
      return;
    }
    if (reason == null) {
      peers.tell(to, new PeerMessage.Done(call));
    } else {
      decline(to, call, reason, "declined: " + reason);
    }
  }

  private void decline(UUID to, long call, Reason reason, String detail) {
    counters.declined++;
    if (call != 0) {
      peers.tell(to, new PeerMessage.Declined(call, reason, detail));
    }
  }
}
