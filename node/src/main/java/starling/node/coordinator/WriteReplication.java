package starling.node.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import starling.node.cluster.ClusterView;
import starling.node.metrics.NodeCounters;
import starling.node.peer.CallFailure;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Store;
import starling.node.peer.message.StorePurpose;
import starling.node.peer.message.Took;
import starling.node.quorum.WriteCoordination;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;

/**
 * Replicates a set with a new event. Carries out the decisions of {@link WriteCoordination}: all
 * primaries at once, a fallback for each that is down, declines or does not answer. Continues after
 * its quorum is met, until all nodes have answered or twice the request's time has passed.
 */
final class WriteReplication {
  /** The events of a replication. */
  interface Listener {
    /** Enough nodes have it. */
    void onEnough();

    /** The quorum can no longer be met; some nodes may have it. */
    void onHopeless();

    /** The replication waits for no more answers. */
    void onSettled();

    /**
     * The replication waits for no more answers, this node is a primary and holds the write, and
     * these primaries have not acknowledged it, nor has a fallback of theirs.
     */
    void onMissed(List<UUID> primaries);
  }

  private final ClusterView cluster;
  private final PeerClient peers;
  private final DeadlineWheel deadlines;
  private final NodeCounters counters;
  private final ReplicaPlan target;
  private final ActivePreferenceList route;
  private final byte[] encoded;
  private final int timeoutMillis;
  private final Listener listener;
  private final WriteCoordination coordination;
  private final CallGroup calls;
  private final Hedging hedging;
  private DeadlineWheel.Deadline slow;
  private boolean told;

  /** Whether all that had not answered by then were replaced once. */
  private boolean hurried;

  private boolean missedTold;

  /** The register with which copies are sent: a later one if it means the same for them. */
  private long register;

  private int full;

  WriteReplication(
      WriteParts parts,
      PlannedWrite write,
      ActivePreferenceList route,
      byte[] encoded,
      Listener listener) {
    this.cluster = parts.cluster();
    this.peers = parts.peers();
    this.deadlines = parts.deadlines();
    this.calls = new CallGroup(peers, cluster, deadlines);
    this.counters = parts.counters();
    this.target = write.plan();
    this.route = route;
    this.register = target.register();
    this.encoded = encoded;
    this.timeoutMillis = write.timeoutMillis();
    this.listener = listener;
    BucketProperties properties = target.properties();
    int n = properties.n();
    this.coordination =
        new WriteCoordination(
            route.primaries(), properties.w().resolve(n), properties.pw().resolve(n));
    this.hedging = parts.hedging();
    this.slow = hedging.whenLate(this::onSlow);
  }

  /** Sends to all targets but this node. */
  void begin() {
    int self = route.self();
    for (int i = 0; i < route.primaries(); i++) {
      if (i != self) {
        reach(i);
      }
    }
    if (self >= route.primaries()) {
      coordination.addFallback(primaryOf(self), route.selfMayFill());
    }
    proceed();
  }

  private int primaryOf(int fallback) {
    UUID primary = route.primaryOf(fallback);
    for (int i = 0; i < route.primaries(); i++) {
      if (route.node(i).equals(primary)) {
        return i;
      }
    }
    throw new IllegalStateException("a fallback without a primary");
  }

  /** This node's own log has it, or has failed. */
  void onOwnLog(boolean took) {
    if (took) {
      coordination.onTook(route.self());
    } else {
      coordination.onLost(route.self());
    }
    proceed();
  }

  /** Names of the nodes that acknowledged it. */
  List<String> took() {
    List<String> took = new ArrayList<>();
    for (int node : coordination.took()) {
      took.add(route.name(node));
    }
    return took;
  }

  /** How many nodes declined it because their disk is full. */
  int full() {
    return full;
  }

  /**
   * The request's time has passed. Silent nodes get fallbacks nevertheless, so that the write has
   * as many copies as it should.
   */
  void onDeadline() {
    told = true;
    coordination.onSlow();
    proceed();
    if (!coordination.settled()) {
      var unused = deadlines.set(timeoutMillis * 1_000_000L, this::giveUp);
    }
  }

  /** Stops waiting. */
  void giveUp() {
    told = true;
    hedging.clear(slow);
    calls.close();
    coordination.giveUp();
    listener.onSettled();
    tellMissed();
  }

  private void onSlow() {
    if (told || coordination.enough()) {
      return;
    }
    if (hurried) {
      replaceSilentFallbacks();
    } else {
      boolean silent = false;
      for (int i = 0; i < route.primaries(); i++) {
        silent |= !coordination.has(i) && peers.silent(route.node(i));
      }
      hurried = hedging.allowed(silent);
      if (hurried) {
        coordination.onSlow();
      }
    }
    proceed();
    if (!told && !coordination.settled()) {
      slow = hedging.againWhenLate(this::onSlow);
    }
  }

  /** A fallback may be down, too; the write waits for a fallback that answers others. */
  private void replaceSilentFallbacks() {
    for (int i = route.primaries(); i < route.size(); i++) {
      if (peers.silent(route.node(i))) {
        coordination.onLate(i);
      }
    }
  }

  private void reach(int index) {
    send(index, 0);
    if (peers.silent(route.node(index))) {
      coordination.onLate(index);
    }
  }

  private void send(int index, int attempt) {
    boolean latest = target.properties().conflict() == Conflict.LWW;
    boolean sent =
        calls.ask(
            route.node(index),
            call ->
                new Store(
                    call,
                    // Not the client's remaining time: copies are made in the background too.
                    timeoutMillis,
                    target.ringHash(),
                    register,
                    target.requestId(),
                    target.key(),
                    StorePurpose.WRITE,
                    target.properties().durability(),
                    latest,
                    route.primaryOf(index),
                    encoded),
            Took.class,
            took -> {
              coordination.onTook(index);
              proceed();
            },
            failure -> failed(index, failure, attempt));
    if (!sent) {
      coordination.onRefused(index);
    }
  }

  private void failed(int index, CallFailure failure, int attempt) {
    if (failure instanceof CallFailure.Unknown) {
      coordination.onLost(index);
    } else if (failure instanceof CallFailure.OtherBucket other
        && other.joined()
        && attempt < ClusterView.REGISTER_ATTEMPTS
        && target.standsAsWritten()) {
      register = cluster.registerHash(target.key().bucket());
      send(index, attempt + 1);
    } else if (failure instanceof CallFailure.OtherRing other
        && other.joined()
        && attempt < ClusterView.RING_ATTEMPTS) {
      send(index, attempt + 1);
    } else {
      boolean noRoom =
          failure instanceof CallFailure.Declined declined
              && declined.reason() == DeclineReason.STORAGE_FULL;
      full += noRoom ? 1 : 0;
      route.absent(index);
      coordination.onRefused(index);
    }
    proceed();
  }

  private void proceed() {
    for (List<Integer> absent = coordination.absent();
        !absent.isEmpty();
        absent = coordination.absent()) {
      for (int primary : absent) {
        int index = route.addFallback(primary);
        if (index < 0) {
          coordination.noFallbackFor(primary);
        } else {
          counters.hintsSent++;
          coordination.addFallback(primary);
          reach(index);
        }
      }
    }
    if (!told && coordination.enough()) {
      told = true;
      listener.onEnough();
    } else if (!told && coordination.hopeless()) {
      told = true;
      listener.onHopeless();
    }
    if (coordination.settled()) {
      hedging.clear(slow);
      listener.onSettled();
      tellMissed();
    }
  }

  private void tellMissed() {
    int self = route.self();
    if (missedTold || self >= route.primaries() || !coordination.has(self)) {
      return;
    }
    missedTold = true;
    List<Integer> missed = coordination.missed();
    if (!missed.isEmpty()) {
      listener.onMissed(missed.stream().map(route::node).toList());
    }
  }
}
