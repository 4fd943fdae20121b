package starling.node;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import starling.node.antientropy.HintInquiry;
import starling.node.antientropy.ReplicaComparison;
import starling.node.cluster.ClusterMetadata;
import starling.node.cluster.ClusterView;
import starling.node.cluster.Membership;
import starling.node.config.NodeLimits;
import starling.node.config.NodeSettings;
import starling.node.coordinator.AdmissionControl;
import starling.node.coordinator.BatchCoordinator;
import starling.node.coordinator.ClientRequests;
import starling.node.coordinator.ForwardedWriteHandler;
import starling.node.coordinator.Hedging;
import starling.node.coordinator.ListCoordinator;
import starling.node.coordinator.ReadCoordinator;
import starling.node.coordinator.WriteCoordinator;
import starling.node.coordinator.WriteForwarding;
import starling.node.coordinator.WriteParts;
import starling.node.handoff.HandoffParts;
import starling.node.handoff.HintAnnouncement;
import starling.node.handoff.HintedHandoff;
import starling.node.handoff.Overdue;
import starling.node.metrics.NodeCounters;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.PendingCalls;
import starling.node.port.Clock;
import starling.node.reconfig.BucketChanges;
import starling.node.reconfig.Enrolment;
import starling.node.reconfig.ReconfigurationFence;
import starling.node.recovery.DirectoryCheck;
import starling.node.recovery.LossTracker;
import starling.node.replica.ClockLease;
import starling.node.replica.DebtLedger;
import starling.node.replica.EntryScan;
import starling.node.replica.HintLedger;
import starling.node.replica.KeyOwner;
import starling.node.replica.Ledgers;
import starling.node.replica.LocalReplica;
import starling.node.storage.Storage;
import starling.node.version.Actors;
import starling.node.version.HybridClock;

/**
 * The parts of one node, each given those before it. What they do together is wired in {@link
 * NodeWiring}.
 */
final class NodeParts {
  /** Requests of other nodes that are executed at once; more are declined. */
  private static final int MAX_PEER_REQUESTS = 1 << 14;

  final Storage storage;
  final Clock clock;
  final NodeCounters counters = new NodeCounters();
  final PendingCalls calls;
  final PeerClient peers;
  final DeadlineWheel deadlines;
  final HybridClock hybridClock;
  final ClockLease lease;
  final NodeMemory memory;
  final KeyOwner owner;
  final HintLedger hints;
  final DebtLedger debts;
  final LocalReplica local;
  final ClusterMetadata metadata = new ClusterMetadata();
  final Membership membership;
  final ClusterView cluster;
  final ReadCoordinator reads;
  final WriteForwarding forwarding;
  final AdmissionControl admissionControl;
  final ClientRequests clients;
  final BatchCoordinator batches;
  final EntryScan entryScan;
  final ListCoordinator listings;
  final ReconfigurationFence fence;
  final ForwardedWriteHandler forwardedWrites;
  final PeerRequestDispatcher requests;
  final Enrolment enrolment;
  final BucketChanges bucketChanges;
  final PeerInbox inbox;
  final LossTracker losses;
  final ReplicaComparison comparison;
  final DirectoryCheck directoryCheck;
  final HintedHandoff handoff;
  final HintAnnouncement announcement;
  final Overdue overdue;

  /**
   * @param members is told of members whose status changes
   * @param halt called with the reason why this process must end
   * @param stopped whether the node has ended
   */
  NodeParts(
      NodeSettings settings,
      NodePorts ports,
      Membership.Listener members,
      Consumer<String> halt,
      BooleanSupplier stopped) {
    this.storage = ports.storage();
    this.clock = ports.clock();
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
            members,
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
    admissionControl = new AdmissionControl(limits, clock, ports.timers(), stopped);
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
    entryScan = new EntryScan(cluster, local, storage);
    listings = new ListCoordinator(cluster, peers, entryScan, reads, deadlines, clock, counters);
    forwardedWrites =
        new ForwardedWriteHandler(
            cluster, forwarding, admissionControl, clock, limits.memory().forwarded());
    requests = new PeerRequestDispatcher(cluster, peers, counters, MAX_PEER_REQUESTS);
    enrolment = new Enrolment(cluster, membership, fence, peers, deadlines);
    bucketChanges = new BucketChanges(cluster, membership, fence, peers, deadlines);
    inbox = new PeerInbox(clock, hybridClock, cluster, peers, requests, forwardedWrites, counters);
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
    announcement = new HintAnnouncement(settings.id(), cluster, membership, hints);
    overdue = new Overdue(cluster, hints, debts, limits.hintAgeMillis());
  }

  /** For callbacks that are constructed before the inbox. */
  private PeerInbox inbox() {
    return inbox;
  }
}
