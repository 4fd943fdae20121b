package starling.node.coordinator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.ClusterView;
import starling.node.cluster.ContextTokens;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.CallFailure;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.FetchPart;
import starling.node.peer.message.Holds;
import starling.node.peer.message.Store;
import starling.node.peer.message.StorePurpose;
import starling.node.port.Clock;
import starling.node.port.Contained;
import starling.node.port.OutOfMemory;
import starling.node.quorum.Positions;
import starling.node.quorum.ReadCoordination;
import starling.node.quorum.ReadCoordination.Ask;
import starling.node.quorum.ReadCoordination.Directive;
import starling.node.quorum.ReadCoordination.Progress;
import starling.node.quorum.ReadCoordination.Wanted;
import starling.node.replica.LargeSets;
import starling.node.replica.LocalReplica;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.wire.ProblemKind;

/**
 * Carries out the directives of {@link ReadCoordination}: asks replicas, waits, answers, and
 * repairs stale replicas. Any node coordinates a read itself, also for a key of which it is no
 * replica: that costs one round trip, while forwarding the read would cost two in a row.
 */
public final class ReadCoordinator {
  private static final Logger log = LoggerFactory.getLogger(ReadCoordinator.class);

  /** The longest timeout of a repair. */
  private static final int REPAIR_MILLIS = 60_000;

  /** Nodes of a large ring that are asked for versions that no primary has seen. */
  private static final int MAX_ASKED = 64;

  /** The sets that a gathering of replicas found; nothing if it held too much memory. */
  record Gathered(
      Siblings joined,
      Progress progress,
      boolean timedOut,
      boolean overloaded,
      List<String> answered) {}

  private final ClusterView cluster;
  private final PeerClient peers;
  private final LocalReplica local;
  private final DeadlineWheel deadlines;
  private final Clock clock;
  private final NodeCounters counters;
  private final Hedging hedging;
  private final WaitingBytes held;
  private final LargeSets largeSets;

  /**
   * @param held counts the sets that were gathered, until enough replicas have answered
   */
  public ReadCoordinator(
      ClusterView cluster,
      PeerClient peers,
      LocalReplica local,
      DeadlineWheel deadlines,
      Clock clock,
      NodeCounters counters,
      Hedging hedging,
      WaitingBytes held,
      LargeSets largeSets) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.deadlines = deadlines;
    this.clock = clock;
    this.counters = counters;
    this.hedging = hedging;
    this.held = held;
    this.largeSets = largeSets;
  }

  public void read(ReadRequest request, Consumer<ReadOutcome> done) {
    read(request, 0, done);
  }

  private void read(ReadRequest request, int attempt, Consumer<ReadOutcome> done) {
    ReplicaPlan target =
        ReplicaPlan.of(
            cluster,
            peers,
            request.requestId(),
            request.bucket(),
            request.key(),
            request.options(),
            clock.nanoTime());
    Rejection refusal = target.refusalOfRead();
    Past seen = null;
    if (refusal == null && request.context() != null) {
      ContextTokens.Claim claim =
          cluster.contexts().claim(target.key(), target.properties(), request.context());
      refusal = claim.refusal();
      seen = claim.context() == null ? null : claim.context().past();
    }
    if (refusal != null) {
      done.accept(new ReadOutcome.Rejected(refusal));
      return;
    }
    counters.reads++;
    BucketProperties properties = target.properties();
    int n = properties.n();
    ReadCoordination coordination =
        new ReadCoordination(
            target.primaries().size(),
            properties.r().resolve(n),
            properties.pr().resolve(n),
            seen,
            false,
            properties.conflict());
    new Gathering(
            target,
            coordination,
            properties.timeoutMillis() * 1_000_000L,
            gathered -> {
              if (gathered.progress() != Progress.ENOUGH
                  && !gathered.timedOut()
                  && !gathered.overloaded()
                  && !target.sameRegister()
                  && attempt < ClusterView.REGISTER_ATTEMPTS) {
                // Begun with an old register of the bucket.
                read(request, attempt + 1, done);
              } else {
                done.accept(containedOutcome(target, gathered));
              }
            })
        .begin();
  }

  /** Gathers the whole sets of so many primaries of a key, all asked at once. */
  void gatherPrimaries(
      ReplicaPlan target, int required, long timeoutNanos, Consumer<Gathered> done) {
    ReadCoordination coordination =
        new ReadCoordination(
            target.primaries().size(),
            required,
            required,
            null,
            true,
            target.properties().conflict());
    new Gathering(target, coordination, timeoutNanos, done).begin();
  }

  private ReadOutcome containedOutcome(ReplicaPlan target, Gathered gathered) {
    try {
      return outcome(target, gathered);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended the read", target.requestId(), e);
      return new ReadOutcome.Rejected(Rejection.of(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE));
    }
  }

  private ReadOutcome outcome(ReplicaPlan target, Gathered gathered) {
    if (gathered.progress() == Progress.ENOUGH) {
      Siblings joined = gathered.joined();
      String context = cluster.contexts().ofRead(target.key(), target.properties(), joined);
      return joined.values().isEmpty()
          ? new ReadOutcome.Missing(joined.deleted(), context)
          : new ReadOutcome.Found(joined.values(), context, joined.hash());
    }
    return new ReadOutcome.Rejected(
        target.missed(
            gathered, target.required(target.properties().r(), target.properties().pr())));
  }

  private final class Gathering implements ReadCoordination.Shell {
    private final ReplicaPlan target;
    private final long timeoutNanos;
    private final long begunNanos = clock.nanoTime();
    private final Consumer<Gathered> done;
    private final ActivePreferenceList route;
    private final CallGroup calls = new CallGroup(peers, cluster, deadlines);

    /**
     * How many of the calls were sent before any was hedged, and how many of these have answered.
     */
    private int firstSent;

    private int firstAnswered;
    private boolean hedgeAnswered;
    private final ReadCoordination coordination;
    private final Deque<Directive> todo = new ArrayDeque<>(4);
    private final boolean latest;
    private boolean pumping;
    private int registerAttempts;
    private boolean hedged;
    private boolean finished;

    /** The sets that are held. */
    private final WaitingBytes.Share sets = held.share();

    private boolean overloaded;
    private DeadlineWheel.@Nullable Deadline deadline;
    private DeadlineWheel.@Nullable Deadline slow;

    Gathering(
        ReplicaPlan target,
        ReadCoordination coordination,
        long timeoutNanos,
        Consumer<Gathered> done) {
      this.target = target;
      this.timeoutNanos = timeoutNanos;
      this.done = done;
      this.route = new ActivePreferenceList(cluster, target);
      this.coordination = coordination;
      this.latest = target.properties().conflict() == Conflict.LWW;
    }

    void begin() {
      deadline = deadlines.set(timeoutNanos, () -> finish(true));
      slow = hedging.whenSlowToAnswer(route, this::onSlow);
      todo.addAll(coordination.begin());
      pump();
    }

    private void onSlow() {
      if (hedging.allowed(calls.waitsForSilent())) {
        hedged = true;
        int asked = calls.sent();
        todo.addAll(coordination.onSlow(hedging.late(begunNanos)));
        pump();
        if (calls.sent() == asked) {
          hedging.unused();
        }
      }
      if (!finished) {
        slow = hedging.again(begunNanos, this::onSlow);
      }
    }

    /** Carries out the directives; answers that come at once add to them. */
    private void pump() {
      if (pumping) {
        return;
      }
      pumping = true;
      try {
        for (Directive next = next(); !finished && next != null; next = next()) {
          next.carryOut(this);
        }
      } finally {
        pumping = false;
      }
      if (!finished && coordination.progress() != Progress.WAITING) {
        finish(false);
      }
    }

    private @Nullable Directive next() {
      if (!finished && todo.isEmpty()) {
        todo.addAll(coordination.further());
      }
      return todo.poll();
    }

    private void proceed(List<Directive> more) {
      if (finished) {
        return;
      }
      todo.addAll(more);
      pump();
    }

    @Override
    public void askFallbackOf(int primary) {
      int index = route.addFallbackForRead(primary);
      if (index < 0) {
        coordination.noFallbackFor(primary);
      } else {
        todo.add(coordination.addFallback(primary, mayFill(index)));
      }
    }

    @Override
    public void askAllOthers() {
      boolean all = true;
      for (UUID other : cluster.otherNodes()) {
        if (!cluster.mayAnswer(other) || route.size() >= MAX_ASKED) {
          all &= route.holds(other);
        } else if (route.alsoAsk(other) >= 0) {
          todo.add(coordination.alsoAsk());
        }
      }
      if (!target.mine() && route.alsoAsk(cluster.self()) >= 0) {
        todo.add(coordination.alsoAsk());
      }
      coordination.othersAsked(all);
    }

    /** A replica that cannot be asked counts as failed. */
    @Override
    public void ask(Ask ask) {
      try {
        send(ask);
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        log.error("request {}: an error while a replica was asked", target.requestId(), e);
        todo.addAll(coordination.onGone(ask.replica()));
      }
    }

    /** A hint holder may hold for any of the primaries; a fallback fills in for its own. */
    private int mayFill(int index) {
      return cluster.hintHolders(target.partition()).contains(route.node(index))
          ? Positions.any()
          : route.position(index);
    }

    private void send(Ask ask) {
      int replica = ask.replica();
      UUID node = route.node(replica);
      if (route.self(replica)) {
        if (ask.wanted() == Wanted.DIGEST) {
          boolean complete = local.complete(target.partition());
          proceed(coordination.onDigest(replica, local.digest(target.key()), complete));
        } else {
          local.whole(
              target.key(),
              stored -> {
                if (stored == null || holds(stored.set())) {
                  proceed(
                      coordination.onSet(
                          replica,
                          stored == null ? Siblings.EMPTY : SiblingsCodec.decode(stored.set()),
                          // The read itself may have found a loss.
                          local.complete(target.partition())));
                }
              },
              () -> proceed(coordination.onGone(replica)));
        }
        return;
      }
      FetchPart part = ask.wanted() == Wanted.WHOLE ? FetchPart.WHOLE : FetchPart.DIGEST;
      boolean silent = peers.silent(node);
      boolean hedge = hedged;
      boolean sent =
          calls.ask(
              node,
              call ->
                  new Fetch(
                      call,
                      remainingMillis(),
                      target.ringHash(),
                      target.register(),
                      target.requestId(),
                      target.key(),
                      part,
                      0,
                      null),
              Holds.class,
              holds -> {
                firstAnswered += hedge ? 0 : 1;
                hedgeAnswered |= hedge;
                proceed(heard(replica, holds));
              },
              failure -> failed(ask, hedge, failure));
      if (!sent) {
        proceed(coordination.onGone(replica));
        return;
      }
      firstSent += hedge ? 0 : 1;
      if (silent) {
        // It owes older answers: others are asked without a wait for it.
        todo.addAll(coordination.onLate(replica));
      }
    }

    /** Holds a set until the end; ends the read, with nothing, where the node holds too much. */
    private boolean holds(byte[] set) {
      if (finished) {
        return false;
      }
      if (sets.add(set.length)) {
        return true;
      }
      overloaded = true;
      finish(false);
      return false;
    }

    private int remainingMillis() {
      return (int) Math.max(1, (begunNanos + timeoutNanos - clock.nanoTime()) / 1_000_000);
    }

    private void failed(Ask ask, boolean hedge, CallFailure failure) {
      firstAnswered += hedge || failure instanceof CallFailure.Unknown ? 0 : 1;
      boolean joined =
          failure instanceof CallFailure.OtherBucket other
              && other.joined()
              && registerAttempts++ < ClusterView.REGISTER_ATTEMPTS * route.size();
      if (!joined) {
        proceed(coordination.onGone(ask.replica()));
      } else if (target.sameRegister()) {
        proceed(List.of(ask));
      } else {
        finish(false);
      }
    }

    private List<Directive> heard(int replica, Holds holds) {
      byte[] set = holds.set();
      if (set != null && !holds(set)) {
        return List.of();
      }
      if (set != null) {
        return coordination.onSet(replica, SiblingsCodec.decode(set), holds.complete());
      }
      return holds.hash() == Siblings.EMPTY.hash()
          ? coordination.onSet(replica, Siblings.EMPTY, holds.complete())
          : coordination.onDigest(replica, holds.hash(), holds.complete());
    }

    private void finish(boolean timedOut) {
      finished = true;
      if (deadline != null) {
        deadlines.clear(deadline);
      }
      if (slow != null) {
        hedging.clear(slow);
      }
      Progress progress = timedOut ? coordination.atDeadline() : coordination.progress();
      if (overloaded) {
        progress = Progress.HOPELESS;
      }
      if (hedgeAnswered && progress == Progress.ENOUGH && firstAnswered < firstSent) {
        hedging.won();
      }
      calls.close();
      Siblings joined = Siblings.EMPTY;
      try {
        joined = coordination.outcome();
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        log.error("request {}: the sets of replicas could not be joined", target.requestId(), e);
        progress = Progress.HOPELESS;
      }
      List<String> answered = new ArrayList<>();
      if (progress != Progress.ENOUGH) {
        for (int i = 0; i < route.size(); i++) {
          if (coordination.hasAnswered(i)) {
            answered.add(route.name(i));
          }
        }
      }
      Gathered gathered = new Gathered(joined, progress, timedOut, overloaded, answered);
      var unused = Contained.tell("a listener of a read of replicas", done, gathered);
      // The gathered sets stay in memory while the repair is made of them.
      boolean room = largeSets.hasRoomFor(joined);
      sets.release();
      if (progress == Progress.ENOUGH) {
        repair(joined, room);
      }
    }

    /**
     * Sends the join to the stale primaries.
     *
     * @param room whether there is memory for its bytes; else the next read that differs repairs
     */
    private void repair(Siblings joined, boolean room) {
      List<Integer> stale = coordination.repairs(joined);
      if (stale.isEmpty()) {
        return;
      }
      counters.differences++;
      if (!room || !largeSets.fits(target.key(), joined)) {
        return;
      }
      byte[] encoded = SiblingsCodec.encode(joined);
      for (int replica : stale) {
        counters.repairs++;
        UUID node = route.node(replica);
        if (route.self(replica)) {
          local.store(
              target.key(),
              target.partition(),
              encoded,
              target.properties().conflict(),
              target.properties().durability(),
              StorePurpose.REPAIR,
              reason -> {});
        } else {
          // The answer does not matter: the next read that differs repairs again.
          peers.tell(
              node,
              new Store(
                  0,
                  REPAIR_MILLIS,
                  target.ringHash(),
                  target.register(),
                  target.requestId(),
                  target.key(),
                  StorePurpose.REPAIR,
                  target.properties().durability(),
                  latest,
                  null,
                  encoded));
        }
      }
    }
  }
}
