package starling.node.replica;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.coordinator.BucketProperties.Conflict;
import starling.node.replica.PeerMessage.Part;
import starling.node.replica.PeerMessage.Reason;
import starling.node.storage.Key;
import starling.node.storage.PositionRange;
import starling.node.storage.ScanPage;
import starling.node.storage.Storage;
import starling.node.version.Past;

/**
 * Answers the questions of other nodes. A question that was decided by another ring, or that this
 * node cannot carry out, is answered with words and nothing is done; what is done is answered only
 * when it is as durable as was asked.
 */
final class Questions {
  private static final Logger log = LoggerFactory.getLogger(Questions.class);

  private record Caller(UUID peer, long call) {}

  private final Cluster cluster;
  private final Peers peers;
  private final LocalReplica local;
  private final Storage storage;
  private final Handover handover;
  private final Promises promises;
  private final NodeCounters counters;
  private final Map<Caller, Writes.Pending> handedOver = new HashMap<>();

  Questions(
      Cluster cluster,
      Peers peers,
      LocalReplica local,
      Storage storage,
      Handover handover,
      Promises promises,
      NodeCounters counters) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.storage = storage;
    this.handover = handover;
    this.promises = promises;
    this.counters = counters;
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
    if (question instanceof PeerMessage.Fetch fetch) {
      fetch(from, fetch);
    } else if (question instanceof PeerMessage.Store store) {
      store(from, store);
    } else if (question instanceof PeerMessage.HandOn handOn) {
      handOn(from, handOn);
    } else if (question instanceof PeerMessage.ListKeys list) {
      listKeys(from, list);
    }
  }

  /** The asker has given up: what was handed over and not begun will not be. */
  void forget(UUID from, long call) {
    Writes.Pending pending = handedOver.remove(new Caller(from, call));
    if (pending != null) {
      pending.abandon();
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
            // Asked only now: the read itself may have found that something is lost.
            boolean complete = local.complete(partition);
            peers.tell(
                from,
                stored == null
                    ? new PeerMessage.Holds(fetch.call(), complete, LocalReplica.NOTHING, null)
                    : new PeerMessage.Holds(
                        fetch.call(), complete, stored.versionHash(), stored.set()));
          });
    } else {
      local.newest(
          key,
          partition,
          newest -> {
            Past past = newest.hash() == fetch.knownHash() ? null : newest.past();
            peers.tell(from, new PeerMessage.HasSeen(fetch.call(), newest.isEmpty(), past));
          });
    }
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
    local.store(
        key,
        cluster.ring().partition(key.position()),
        store.set(),
        store.lww() ? Conflict.LWW : Conflict.SIBLINGS,
        store.durability(),
        store.purpose(),
        reason -> {
          if (reason == null) {
            peers.tell(from, new PeerMessage.Took(store.call()));
          } else {
            decline(from, store.call(), reason, "the log did not take it");
          }
        });
  }

  private void handOn(UUID from, PeerMessage.HandOn handOn) {
    log.debug("request {}: handed on by {}", handOn.request().requestId(), from);
    Caller caller = new Caller(from, handOn.call());
    Handover.Taken taken =
        handover.take(
            handOn.request(),
            handOn.remainingMillis(),
            outcome -> {
              handedOver.remove(caller);
              peers.tell(from, new PeerMessage.Outcome(handOn.call(), outcome));
            });
    if (taken.declined() != null) {
      decline(from, handOn.call(), taken.declined(), "this node may not coordinate the write");
    } else if (taken.pending() != null && !taken.pending().ended()) {
      handedOver.put(caller, taken.pending());
    }
  }

  private void listKeys(UUID from, PeerMessage.ListKeys list) {
    int partitions = cluster.ring().partitions();
    storage.scan(
        PositionRange.ofPartition(list.partition(), Integer.numberOfTrailingZeros(partitions)),
        list.after(),
        Comparison.PAGE_KEYS,
        page ->
            peers.tell(
                from,
                new PeerMessage.Keys(
                    list.call(),
                    local.complete(list.partition()),
                    page.last(),
                    page.entries().stream().map(ScanPage.Entry::key).toArray(Key[]::new),
                    page.entries().stream().mapToLong(ScanPage.Entry::versionHash).toArray())));
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
