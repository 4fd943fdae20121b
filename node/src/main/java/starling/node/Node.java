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
import starling.node.cluster.ClusterView;
import starling.node.cluster.Membership;
import starling.node.config.NodeSettings;
import starling.node.coordinator.Once;
import starling.node.coordinator.ReplicaPlan;
import starling.node.coordinator.ReplicaSurvey;
import starling.node.port.Contained;
import starling.node.port.OutOfMemory;
import starling.node.port.Transport.Channel;
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
import starling.ring.Ring;
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

  private final NodeParts parts;
  private final ClusterView cluster;
  private final Membership membership;
  private final StorageState storageState;
  private final NodeStatistics statistics;
  private final Ticks ticks;
  private final Consumer<String> stop;
  private boolean stopped;

  /**
   * @param stop called once with the reason why this process must end; it serves nothing by then
   */
  public Node(NodeSettings settings, NodePorts ports, Consumer<String> stop) {
    this.stop = stop;
    storageState = new StorageState(ports.clock());
    parts = new NodeParts(settings, ports, this, this::halt, () -> stopped);
    cluster = parts.cluster;
    membership = parts.membership;
    NodeWiring.handleRequests(parts);
    NodeWiring.registerMetadata(parts);
    statistics = new NodeStatistics(parts);
    ticks = NodeWiring.ticks(parts, ports.timers(), () -> stopped);
  }

  private void halt(String reason) {
    if (!stopped) {
      stopped = true;
      cluster.stop(reason);
      log.error("this node stops serving: {}", reason);
      stop.accept(reason);
    }
  }

  // ---- start, ticks and stop

  /** Begins: makes the new incarnation durable, then looks for its cluster. */
  public void start() {
    storageState.onOpened(parts.storage.recovery());
    parts.lease.tick();
    cluster.lookAround(LOOK_AROUND_NANOS);
    parts.fence.restore();
    membership.start();
    ticks.start();
  }

  /** A corrupt record was found: its partition is incomplete until it was compared. */
  public void onCorruptRange(CorruptRange range) {
    log.error("the log has a corrupt range, which is quarantined: {}", range);
    parts.losses.found(range);
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
    String waits = parts.comparison.waitsFor();
    if (waits != null) {
      warnings.add(waits);
    }
    return warnings.isEmpty() ? null : String.join("; ", warnings);
  }

  /** Announces the departure to the cluster; the caller closes the storage. */
  public void stop() {
    stopped = true;
    cluster.stop("this node is stopping");
    parts.handoff.stop();
    parts.directoryCheck.stop();
    membership.farewell();
  }

  // ---- gossip

  @Override
  public void onMember(Member member, @Nullable Status from, Status to) {
    if (to == Status.DEAD || to == Status.LEFT) {
      // Its connection may stay half open for long; no response will come on it.
      parts.peers.lose(member.id());
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
      parts.inbox.onFrame(from, frame);
    }
  }

  /** A frame of gossip, from an address. */
  public void onGossip(Address from, byte[] frame) {
    if (!stopped) {
      var unused = Contained.run("a frame of gossip", () -> membership.onGossip(from, frame));
    }
  }

  /** A datagram of gossip, from an address. */
  public void onDatagram(Address from, byte[] datagram) {
    if (!stopped) {
      var unused =
          Contained.run("a datagram of gossip", () -> membership.onDatagram(from, datagram));
    }
  }

  /** A connection broke: the outcome of the requests on it is unknown. */
  public void onDisconnected(UUID peer, Channel channel) {
    if (channel == Channel.DATA) {
      parts.peers.lose(peer);
    }
  }

  // ---- clients

  @Override
  public @Nullable Rejection rejectEarly() {
    return parts.clients.rejectEarly();
  }

  @Override
  public void read(ReadRequest request, Consumer<ReadOutcome> done) {
    parts.clients.read(request, done);
  }

  @Override
  public void write(WriteRequest request, Consumer<WriteOutcome> done) {
    parts.clients.write(request, done);
  }

  @Override
  public void batch(BatchRequest request, BatchRequest.Listener listener) {
    parts.batches.execute(request, listener);
  }

  @Override
  public void list(ListRequest request, Consumer<ListOutcome> done) {
    parts.listings.list(request, done);
  }

  @Override
  public void replicas(
      String requestId,
      String bucket,
      byte[] key,
      RequestOptions options,
      Consumer<ReplicaReport> done) {
    ReplicaPlan target =
        ReplicaPlan.of(
            cluster, parts.peers, requestId, bucket, key, options, parts.clock.nanoTime());
    new ReplicaSurvey(
            cluster, parts.peers, parts.local, parts.deadlines, target, parts.memory.reads(), done)
        .begin();
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
      parts.bucketChanges.change(name, change, once);
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
                member.withOverdue(
                    parts.overdue.hintsFor(member.id()), parts.overdue.debtsFor(member.id())))
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
