package starling.node;

import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Address;
import starling.gossip.Member;
import starling.gossip.ProcessIncarnation;
import starling.gossip.Status;
import starling.node.PeerRequestDispatcher.When;
import starling.node.antientropy.HintInquiry;
import starling.node.antientropy.ListKeysHandler;
import starling.node.antientropy.ReplicaComparison;
import starling.node.cluster.BucketRegister;
import starling.node.cluster.ClusterMetadata;
import starling.node.cluster.ClusterView;
import starling.node.cluster.HintLocations;
import starling.node.cluster.Membership;
import starling.node.cluster.MetadataType;
import starling.node.config.NodeLimits;
import starling.node.config.NodeSettings;
import starling.node.coordinator.AdmissionControl;
import starling.node.coordinator.BatchCoordinator;
import starling.node.coordinator.ClientRequests;
import starling.node.coordinator.ForwardedWriteHandler;
import starling.node.coordinator.Hedging;
import starling.node.coordinator.ListCoordinator;
import starling.node.coordinator.Once;
import starling.node.coordinator.ReadCoordinator;
import starling.node.coordinator.ReplicaPlan;
import starling.node.coordinator.ReplicaSurvey;
import starling.node.coordinator.WriteCoordinator;
import starling.node.coordinator.WriteForwarding;
import starling.node.coordinator.WriteParts;
import starling.node.handoff.HandoffParts;
import starling.node.handoff.HintAnnouncement;
import starling.node.handoff.HintCheckHandler;
import starling.node.handoff.HintDeliveryHandler;
import starling.node.handoff.HintedHandoff;
import starling.node.handoff.Overdue;
import starling.node.metrics.NodeCounters;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.PendingCalls;
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
import starling.node.port.Clock;
import starling.node.port.Contained;
import starling.node.port.OutOfMemory;
import starling.node.port.Transport.Channel;
import starling.node.reconfig.BucketChanges;
import starling.node.reconfig.Enrolment;
import starling.node.reconfig.ReconfigurationFence;
import starling.node.recovery.DirectoryCheck;
import starling.node.recovery.LossTracker;
import starling.node.replica.ClockLease;
import starling.node.replica.DebtLedger;
import starling.node.replica.EntryScan;
import starling.node.replica.FetchHandler;
import starling.node.replica.HintLedger;
import starling.node.replica.KeyOwner;
import starling.node.replica.Ledgers;
import starling.node.replica.ListEntriesHandler;
import starling.node.replica.LocalReplica;
import starling.node.replica.StoreHandler;
import starling.node.request.BatchRequest;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties;
import starling.node.request.ListOutcome;
import starling.node.request.ListRequest;
import starling.node.request.MemberView;
import starling.node.request.NodeService;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.ReplicaReport;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.CorruptRange;
import starling.node.storage.Storage;
import starling.node.version.Actors;
import starling.node.version.HybridClock;
import starling.ring.Ring;
import starling.ring.RingFacts;
import starling.wire.ProblemKind;

/**
 * One node, made of the cores over the ports. Frames, ticks and requests come in, frames and
 * answers go out; a node's decisions depend on nothing else, so a whole cluster runs in one thread
 * under a simulator.
 *
 * <p>Everything here belongs to one thread. The node serves from the moment it knows a ring, is
 * fenced while the ring changes, and stops for good when its log fails or another process runs
 * under its identity.
 */
public final class Node implements NodeService, Membership.Listener {
  private static final Logger log = LoggerFactory.getLogger(Node.class);
  private static final long LOOK_AROUND_NANOS = 2_000_000_000;

  /**
   * A peer that got no frame for so long gets this node's clock. Far below the 10 minutes by which
   * the clocks of a request's two events may differ.
   */
  private static final long CLOCK_NANOS = 30_000_000_000L;

  /** Requests of other nodes that are executed at once; more are declined. */
  private static final int MAX_PEER_REQUESTS = 1 << 14;

  private final Storage storage;
  private final StorageState storageState;
  private final Clock clock;
  private final NodeCounters counters = new NodeCounters();
  private final PendingCalls calls;
  private final PeerClient peers;
  private final DeadlineWheel deadlines;
  private final HybridClock hybridClock;
  private final ClockLease lease;
  private final NodeMemory memory;
  private final KeyOwner owner;
  private final HintLedger hints;
  private final DebtLedger debts;
  private final LocalReplica local;
  private final ClusterMetadata metadata = new ClusterMetadata();
  private final Membership membership;
  private final ClusterView cluster;
  private final ReadCoordinator reads;
  private final WriteForwarding forwarding;
  private final ClientRequests clients;
  private final BatchCoordinator batches;
  private final ListCoordinator listings;
  private final ReconfigurationFence fence;
  private final ForwardedWriteHandler forwardedWrites;
  private final PeerRequestDispatcher requests;
  private final BucketChanges bucketChanges;
  private final LossTracker losses;
  private final ReplicaComparison comparison;
  private final DirectoryCheck directoryCheck;
  private final HintedHandoff handoff;
  private final Overdue overdue;
  private final NodeStatistics statistics;
  private final Ticks ticks;

  private final PeerInbox inbox;
  private final AdmissionControl admissionControl;

  private long nextClockNanos = Long.MIN_VALUE;
  private boolean stopped;

  /**
   * @param stop called once with the reason why this process must end; it serves nothing by then
   */
  public Node(NodeSettings settings, NodePorts ports, Consumer<String> stop) {
    this.storage = ports.storage();
    this.clock = ports.clock();
    this.storageState = new StorageState(clock);
    NodeLimits limits = settings.limits();
    long hedgeNanos = limits.hedgeMillis() * 1_000_000L;
    calls = new PendingCalls(limits.callsInFlight(), ports.randomness().choice());
    hybridClock = ClockLease.restore(storage);
    memory = NodeMemory.of(limits.memory(), counters);
    peers =
        new PeerClient(
            ports.transport(),
            calls,
            clock,
            hybridClock,
            hedgeNanos,
            counters,
            limits.frameBytes(),
            memory.chunks(),
            (from, whole, tail, tookNanos) -> inbox().onWhole(from, whole, tail, tookNanos));
    deadlines = new DeadlineWheel(ports.timers(), clock);
    Hedging hedging =
        new Hedging(
            peers,
            new DeadlineWheel(ports.timers(), clock, DeadlineWheel.FINE_TICK_NANOS),
            clock,
            counters,
            hedgeNanos);
    lease = new ClockLease(hybridClock, storage, clock, memory.waiting());
    Actors actors = new Actors(ports.randomness().identity());
    hints = new HintLedger(storage, actors, limits.hintBytes());
    debts = new DebtLedger(storage, limits.debts());
    owner = new KeyOwner(storage, new Ledgers(hints, debts), memory.waiting());
    Consumer<String> halt =
        reason -> {
          if (!stopped) {
            stopped = true;
            serving().stop(reason);
            log.error("this node stops serving: {}", reason);
            stop.accept(reason);
          }
        };
    local =
        new LocalReplica(
            storage,
            owner,
            hints,
            debts,
            hybridClock,
            actors,
            counters,
            memory.waiting(),
            memory.largeSets(),
            clock,
            halt);
    membership =
        new Membership(
            settings,
            storage,
            clock,
            ports.timers(),
            ports.randomness(),
            ports.gossip(),
            ports.ownId(),
            metadata,
            this,
            halt);
    cluster = new ClusterView(settings, membership, peers, storage, clock, counters);
    reads =
        new ReadCoordinator(
            cluster,
            peers,
            local,
            deadlines,
            clock,
            counters,
            hedging,
            memory.reads(),
            memory.largeSets());
    WriteCoordinator writes =
        new WriteCoordinator(
            new WriteParts(
                cluster,
                peers,
                local,
                owner,
                hints,
                debts,
                reads,
                hybridClock,
                lease,
                memory.waiting(),
                memory.largeSets(),
                clock,
                actors,
                deadlines,
                counters,
                hedging),
            memory.writes());
    forwarding = new WriteForwarding(cluster, peers, writes, deadlines, clock, counters);
    fence = new ReconfigurationFence(cluster, membership, storage, owner);
    admissionControl = new AdmissionControl(limits, clock, ports.timers(), () -> stopped);
    clients =
        new ClientRequests(
            cluster,
            reads,
            forwarding,
            admissionControl,
            clock,
            counters,
            limits.requestsInFlight());
    batches = new BatchCoordinator(clients, admissionControl, cluster, ports.timers(), clock);
    EntryScan entryScan = new EntryScan(cluster, local, storage);
    listings = new ListCoordinator(cluster, peers, entryScan, reads, deadlines, clock, counters);
    forwardedWrites =
        new ForwardedWriteHandler(
            cluster, forwarding, admissionControl, clock, limits.memory().forwarded());
    requests = new PeerRequestDispatcher(cluster, peers, counters, MAX_PEER_REQUESTS);
    handleRequests();
    requests.handle(ListEntries.class, new ListEntriesHandler(cluster, entryScan));
    registerMetadata();
    Enrolment enrolment = new Enrolment(cluster, membership, fence, peers, deadlines);
    bucketChanges = new BucketChanges(cluster, membership, fence, peers, deadlines);
    inbox =
        new PeerInbox(
            clock, hybridClock, membership, cluster, peers, requests, forwardedWrites, counters);
    losses = new LossTracker(storage, cluster, peers, local, hints, deadlines, clock, counters);
    comparison =
        new ReplicaComparison(
            cluster,
            peers,
            local,
            hints,
            new HintInquiry(cluster, peers, local, deadlines),
            deadlines,
            clock,
            counters,
            settings.acceptStaleData(),
            losses::compared);
    directoryCheck =
        new DirectoryCheck(
            settings,
            storage,
            clock,
            membership,
            cluster,
            local,
            counters,
            losses::markedIncomplete);
    handoff =
        new HintedHandoff(
            new HandoffParts(
                cluster, peers, storage, owner, hints, debts, clock, deadlines, counters));
    HintAnnouncement announcement = new HintAnnouncement(settings.id(), cluster, membership, hints);
    overdue = new Overdue(cluster, hints, debts, limits.hintAgeMillis());
    statistics =
        new NodeStatistics(
            counters,
            admissionControl,
            calls,
            memory,
            cluster,
            requests,
            hints,
            debts,
            overdue,
            directoryCheck,
            local,
            hybridClock,
            clock);
    ticks = new Ticks(ports.timers(), clock, () -> stopped);
    ticks.add("messages in chunks", peers::tick);
    ticks.add("the end of a pause", inbox::tick);
    ticks.add("the renewal of the clock's lease", now -> lease.tick());
    ticks.add("the ages of idempotency records", local::tick);
    ticks.add("membership", membership::tick);
    ticks.add("the comparison with the durable marks that peers remember", directoryCheck::tick);
    ticks.add("enrolment", enrolment::tick);
    ticks.add("the comparison of partitions", comparison::tick);
    ticks.add("the delivery of hints", handoff::tick);
    ticks.add("the announcement of hints", announcement::tick);
    ticks.add("the search for overdue hints and debts", overdue::tick);
    ticks.add("the clock notices", this::tellClock);
    ticks.add("the record of recovered ranges", losses::tick);
    ticks.add("the report of rejections", clients::tick);
  }

  private void registerMetadata() {
    metadata.register(
        MetadataType.RING,
        (which, value) -> {
          cluster.useRing(RingFacts.decode(value));
          if (cluster.ring().founded()) {
            losses.onRing();
          }
        });
    metadata.register(MetadataType.CONTEXT_KEYS, (which, value) -> cluster.useContextKeys(value));
    metadata.register(
        MetadataType.DEFAULTS, (which, value) -> cluster.useDefaults(BucketRegister.decode(value)));
    metadata.register(
        MetadataType.BUCKET,
        (bucket, value) -> cluster.useBucket(bucket, BucketRegister.decode(value)));
    metadata.register(
        MetadataType.HINTS,
        (node, value) ->
            cluster.useHintHolder(UUID.fromString(node), HintLocations.decode(value).partitions()));
    metadata.register(MetadataType.DURABLE_MARKS, (node, value) -> {});
  }

  private void handleRequests() {
    requests.handle(Fetch.class, new FetchHandler(cluster, local));
    requests.handle(Store.class, new StoreHandler(cluster, local, clock));
    requests.handle(ForwardWrite.class, forwardedWrites);
    requests.handle(Probe.class, (probe, pending) -> pending.answer(new Done(probe.call())));
    requests.handle(
        Deliver.class,
        new HintDeliveryHandler(cluster, local, clock, counters, admissionControl::strained));
    requests.handle(CheckHints.class, new HintCheckHandler(cluster, local, storage));
    requests.handle(ListKeys.class, new ListKeysHandler(cluster, local, storage, counters));
    requests.handle(
        ListHints.class,
        When.SAME_RING,
        (list, pending) ->
            pending.answer(
                new HintPartitions(list.call(), hints.everHeld(cluster.ring().partitions()))));
    requests.handle(KeepFact.class, When.ALWAYS, fence::onKeepFact);
    requests.handle(HoldStill.class, When.ALWAYS, fence::onHoldStill);
    requests.handle(FenceBucket.class, When.ALWAYS, fence::onFenceBucket);
  }

  /** For callbacks that are constructed before the inbox. */
  private PeerInbox inbox() {
    return inbox;
  }

  /** For callbacks that are constructed before the cluster view. */
  private ClusterView serving() {
    return cluster;
  }

  // ---- start, ticks and stop

  /** Begins: makes the new incarnation durable, then looks for its cluster. */
  public void start() {
    storageState.onOpened(storage.recovery());
    lease.tick();
    cluster.lookAround(LOOK_AROUND_NANOS);
    fence.restore();
    membership.start();
    ticks.start();
  }

  private void tellClock(long nowNanos) {
    if (nowNanos >= nextClockNanos && cluster.notServing() == null) {
      nextClockNanos = nowNanos + CLOCK_NANOS;
      peers.tellClock(cluster.otherNodes());
    }
  }

  /** A corrupt record was found: its partition is incomplete until it was compared. */
  public void onCorruptRange(CorruptRange range) {
    log.error("the log has a corrupt range, which is quarantined: {}", range);
    losses.found(range);
  }

  /** The log has failed; nothing is acknowledged any more. */
  public void onStorageFailure(String reason) {
    storageState.onStorageFailure(reason);
  }

  /** The disk has too little room for more, or has enough again. */
  public void onRoomChanged(boolean full, String reason) {
    storageState.onRoomChanged(full, reason);
  }

  /**
   * The store waits for a resource that may come back, such as free descriptors, or continues
   * (null).
   */
  public void onStorageStall(@Nullable String reason) {
    storageState.onStorageStall(reason);
  }

  @Override
  public @Nullable String warning() {
    List<String> warnings = storageState.warnings();
    String waits = comparison.waitsFor();
    if (waits != null) {
      warnings.add(waits);
    }
    return warnings.isEmpty() ? null : String.join("; ", warnings);
  }

  /** Announces the departure to the cluster; the caller closes the storage. */
  public void stop() {
    stopped = true;
    cluster.stop("this node is stopping");
    handoff.stop();
    directoryCheck.stop();
    membership.farewell();
  }

  // ---- gossip

  @Override
  public void onMember(Member member, @Nullable Status from, Status to) {
    if (to == Status.DEAD || to == Status.LEFT) {
      // Its connection may stay half open for long; no response will come on it.
      peers.lose(member.id());
    }
  }

  /** The addresses of a name; empty if it was not resolved. */
  public void onResolved(Address name, List<Address> addresses) {
    membership.onResolved(name, addresses);
  }

  /** The present address of a node, or null. */
  public @Nullable Address addressOf(UUID node) {
    Member member = membership.member(node);
    return member == null ? null : member.peer();
  }

  /** The process incarnation. */
  public ProcessIncarnation life() {
    return membership.life();
  }

  /** Another process uses this node's id. */
  public void onSameId(ProcessIncarnation other) {
    membership.onSameId(other);
  }

  /**
   * A peer rejects this process because it holds a connection of a later process incarnation.
   *
   * @param heardSinceNanos the peer has heard that one at this time or later
   */
  public void onLaterLife(ProcessIncarnation other, long heardSinceNanos) {
    membership.onLaterLife(other, heardSinceNanos);
  }

  /** No process listens at a node's address. */
  public void onUnreachable(UUID node) {
    membership.onUnreachable(node);
  }

  /** The cluster this node belongs to, or null while it looks for one. */
  public @Nullable UUID clusterId() {
    return membership.clusterId();
  }

  // ---- the network

  /** A frame on the data or control channel of a peer whose identity is known. */
  public void onMessage(UUID from, byte[] frame) {
    if (!stopped) {
      inbox.onFrame(from, frame);
    }
  }

  /** A frame of gossip, from an address. */
  public void onGossip(Address from, byte[] frame) {
    if (!stopped) {
      var unused = Contained.run("a frame of gossip", () -> membership.onGossip(from, frame));
    }
  }

  /** A connection broke: the outcome of the requests on it is unknown. */
  public void onDisconnected(UUID peer, Channel channel) {
    if (channel == Channel.DATA) {
      peers.lose(peer);
    }
  }

  // ---- clients

  @Override
  public @Nullable Rejection rejectEarly() {
    return clients.rejectEarly();
  }

  @Override
  public void read(ReadRequest request, Consumer<ReadOutcome> done) {
    clients.read(request, done);
  }

  @Override
  public void write(WriteRequest request, Consumer<WriteOutcome> done) {
    clients.write(request, done);
  }

  @Override
  public void batch(BatchRequest request, BatchRequest.Listener listener) {
    batches.execute(request, listener);
  }

  @Override
  public void list(ListRequest request, Consumer<ListOutcome> done) {
    listings.list(request, done);
  }

  @Override
  public void replicas(
      String requestId,
      String bucket,
      byte[] key,
      RequestOptions options,
      Consumer<ReplicaReport> done) {
    ReplicaPlan target =
        ReplicaPlan.of(cluster, peers, requestId, bucket, key, options, clock.nanoTime());
    new ReplicaSurvey(cluster, peers, local, deadlines, target, memory.reads(), done).begin();
  }

  @Override
  public BucketProperties bucket(String name) {
    return cluster.bucket(name);
  }

  @Override
  public void changeBucket(
      String requestId, String name, BucketChange change, Consumer<BucketOutcome> done) {
    Once<BucketOutcome> once = new Once<>(done);
    try {
      bucketChanges.change(name, change, once);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended the change of bucket {}", requestId, name, e);
      once.accept(
          new BucketOutcome.Rejected(
              Rejection.perhaps(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE)));
    }
  }

  @Override
  public List<MemberView> members() {
    return membership.views(cluster.ringFacts()).stream()
        .map(
            member ->
                member.withOverdue(overdue.hintsFor(member.id()), overdue.debtsFor(member.id())))
        .toList();
  }

  @Override
  public Ring ring() {
    return cluster.ring();
  }

  @Override
  public @Nullable String notReady() {
    return cluster.notReady();
  }

  /** The statistics of this node. */
  public NodeStatistics statistics() {
    return statistics;
  }
}
