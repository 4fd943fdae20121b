package starling.node;

import java.util.UUID;
import java.util.function.BooleanSupplier;
import starling.node.PeerRequestDispatcher.When;
import starling.node.antientropy.ListKeysHandler;
import starling.node.cluster.BucketRegister;
import starling.node.cluster.HintLocations;
import starling.node.cluster.MetadataType;
import starling.node.handoff.HintCheckHandler;
import starling.node.handoff.HintDeliveryHandler;
import starling.node.peer.message.CheckHints;
import starling.node.peer.message.Deliver;
import starling.node.peer.message.Done;
import starling.node.peer.message.FenceBucket;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.ForwardWrite;
import starling.node.peer.message.HintPartitions;
import starling.node.peer.message.HoldStill;
import starling.node.peer.message.KeepFact;
import starling.node.peer.message.ListEntries;
import starling.node.peer.message.ListHints;
import starling.node.peer.message.ListKeys;
import starling.node.peer.message.Probe;
import starling.node.peer.message.Store;
import starling.node.port.Timers;
import starling.node.replica.FetchHandler;
import starling.node.replica.ListEntriesHandler;
import starling.node.replica.StoreHandler;
import starling.ring.RingFacts;

/** What the parts of a node do together: requests of peers, cluster metadata, periodic work. */
final class NodeWiring {
  private NodeWiring() {}

  /** Registers the handler of each request that a peer can make. */
  static void handleRequests(NodeParts node) {
    node.requests.handle(Fetch.class, new FetchHandler(node.cluster, node.local));
    node.requests.handle(Store.class, new StoreHandler(node.cluster, node.local, node.clock));
    node.requests.handle(ForwardWrite.class, node.forwardedWrites);
    node.requests.handle(Probe.class, (probe, pending) -> pending.answer(new Done(probe.call())));
    node.requests.handle(
        Deliver.class,
        new HintDeliveryHandler(
            node.cluster, node.local, node.clock, node.counters, node.admissionControl::strained));
    node.requests.handle(
        CheckHints.class, new HintCheckHandler(node.cluster, node.local, node.storage));
    node.requests.handle(
        ListKeys.class, new ListKeysHandler(node.cluster, node.local, node.storage, node.counters));
    node.requests.handle(
        ListHints.class,
        When.SAME_RING,
        (list, pending) ->
            pending.answer(
                new HintPartitions(
                    list.call(), node.hints.everHeld(node.cluster.ring().partitions()))));
    node.requests.handle(KeepFact.class, When.ALWAYS, node.fence::onKeepFact);
    node.requests.handle(HoldStill.class, When.ALWAYS, node.fence::onHoldStill);
    node.requests.handle(FenceBucket.class, When.ALWAYS, node.fence::onFenceBucket);
    node.requests.handle(ListEntries.class, new ListEntriesHandler(node.cluster, node.entryScan));
  }

  /** Registers what each kind of cluster metadata is for. */
  static void registerMetadata(NodeParts node) {
    node.metadata.register(
        MetadataType.RING,
        (which, value) -> {
          node.cluster.useRing(RingFacts.decode(value));
          if (node.cluster.ring().founded()) {
            node.losses.onRing();
          }
        });
    node.metadata.register(
        MetadataType.CONTEXT_KEYS, (which, value) -> node.cluster.useContextKeys(value));
    node.metadata.register(
        MetadataType.DEFAULTS,
        (which, value) -> node.cluster.useDefaults(BucketRegister.decode(value)));
    node.metadata.register(
        MetadataType.BUCKET,
        (bucket, value) -> node.cluster.useBucket(bucket, BucketRegister.decode(value)));
    node.metadata.register(
        MetadataType.HINTS,
        (member, value) ->
            node.cluster.useHintHolder(
                UUID.fromString(member), HintLocations.decode(value).partitions()));
    node.metadata.register(MetadataType.DURABLE_MARKS, (member, value) -> {});
  }

  /** The periodic work, in its order. */
  static Ticks ticks(NodeParts node, Timers timers, BooleanSupplier stopped) {
    Ticks ticks = new Ticks(timers, node.clock, stopped);
    ticks.add("messages in chunks", node.peers::tick);
    ticks.add("the end of a pause", node.inbox::tick);
    ticks.add("the renewal of the clock's lease", now -> node.lease.tick());
    ticks.add("the ages of idempotency records", node.local::tick);
    ticks.add("membership", node.membership::tick);
    ticks.add(
        "the comparison with the durable marks that peers remember", node.directoryCheck::tick);
    ticks.add("enrolment", node.enrolment::tick);
    ticks.add("the comparison of partitions", node.comparison::tick);
    ticks.add("the delivery of hints", node.handoff::tick);
    ticks.add("the announcement of hints", node.announcement::tick);
    ticks.add("the search for overdue hints and debts", node.overdue::tick);
    ticks.add("the clock notices", new ClockNotices(node.peers, node.cluster)::tick);
    ticks.add("the record of recovered ranges", node.losses::tick);
    ticks.add("the report of rejections", node.clients::tick);
    return ticks;
  }
}
