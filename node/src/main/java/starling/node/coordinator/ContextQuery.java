package starling.node.coordinator;

import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.peer.CallFailure;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.Fetch;
import starling.node.peer.message.FetchPart;
import starling.node.peer.message.HasSeen;
import starling.node.port.Clock;
import starling.node.quorum.ContextCoordination;
import starling.node.quorum.Positions;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.version.IdempotencyKey;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * Queries the pasts of a quorum before a write without a context, or one where the last writer
 * wins, makes its event. Carries out the decisions of {@link ContextCoordination}: primaries first,
 * fallbacks for those that have failed or are slow.
 */
final class ContextQuery {
  /**
   * The result of a context query.
   *
   * @param past the past that the event shall replace; null if too few answered
   * @param answers how many nodes answered
   * @param again a set in which this very write has made an event before, or null
   */
  record Heard(@Nullable Past past, int answers, @Nullable Siblings again) {}

  private final ClusterView cluster;
  private final PeerClient peers;
  private final Hedging hedging;
  private final ReplicaPlan target;
  private final ActivePreferenceList route;

  /**
   * Whether nodes that hold hints of the partition are asked, too, and waited for as far as they
   * answer soon.
   */
  private final boolean holders;

  private int holdersAsked;

  /**
   * The key of the write, which may have been made before: then as many are asked as intersect
   * every quorum that acknowledged it, as far as they answer soon. A first attempt asks as many, or
   * it would take for its past what has replaced its own retry.
   */
  private final @Nullable IdempotencyKey idempotency;

  /** Whether the write is marked as the first attempt, which waits no longer than one without. */
  private final boolean firstAttempt;

  private final Clock clock;

  /** The deadline, by the monotonic clock. */
  private final long untilNanos;

  private final Consumer<Heard> done;
  private final ContextCoordination coordination;
  private final long knownHash;
  private final CallGroup calls;
  private final int required;

  /**
   * How many answers surely intersect the nodes that acknowledged this write before; 0 if none did.
   */
  private final int meeting;

  private int nextToAsk;
  private boolean hurried;
  private long begunNanos;
  private boolean ended;
  private int registerAttempts;
  private DeadlineWheel.@Nullable Deadline slow;

  /**
   * @param newest the coordinator's own set, which is the first answer
   */
  ContextQuery(WriteParts parts, PlannedWrite write, Siblings newest, Consumer<Heard> done) {
    this.cluster = parts.cluster();
    this.peers = parts.peers();
    this.hedging = parts.hedging();
    this.clock = parts.clock();
    this.target = write.plan();
    this.route = write.nodes(cluster);
    this.idempotency = write.idempotency();
    this.firstAttempt = write.request().firstAttempt();
    // A put that misses a hint leaves a sibling; a delete would not have deleted.
    this.holders = idempotency != null || write.request().content().isTombstone();
    this.untilNanos = write.deadlineNanos();
    this.calls = new CallGroup(peers, cluster, parts.deadlines());
    this.done = done;
    this.knownHash = newest.hash();
    BucketProperties properties = target.properties();
    int n = properties.n();
    Past given = write.givenPast();
    this.coordination =
        new ContextCoordination(
            route.primaries(),
            properties.w().resolve(n),
            properties.pw().resolve(n),
            properties.conflict() == Conflict.LWW,
            given == null ? newest.past() : newest.past().join(given));
    for (int i = route.primaries(); i < route.size(); i++) {
      coordination.addFallback(i == route.self() ? route.selfMayFill() : route.position(i));
    }
    coordination.onSame(route.self(), parts.local().complete(write.partition()));
    this.required = write.required();
    this.meeting = idempotency == null ? 0 : n - required + 1;
  }

  void begin() {
    // A write that may have been made waits for all nodes that may know it.
    begunNanos = clock.nanoTime();
    slow =
        idempotency == null || firstAttempt
            ? hedging.whenSlowToAnswer(route, this::onSlow)
            : hedging.whenLate(this::onSlow);
    // A coordinator that is a fallback may fill the position of a primary that answers after all.
    int own = route.self() < route.primaries() ? 1 : 0;
    askMore(Math.max(required, meeting) - own);
    if (holders) {
      askHolders();
    }
    proceed();
  }

  /** Stops the query; {@code done} is not called. */
  void abandon() {
    ended = true;
    if (slow != null) {
      hedging.clear(slow);
    }
    calls.close();
  }

  /** How many nodes have answered by now. */
  int answers() {
    return coordination.answers();
  }

  /** Only hints may have the write. */
  private void askHolders() {
    for (UUID holder : cluster.hintHolders(target.partition())) {
      if (cluster.mayAnswer(holder)) {
        int index = route.alsoAsk(holder);
        if (index >= 0) {
          coordination.addFallback(Positions.any());
          holdersAsked++;
          if (!ask(index)) {
            gone(index);
          }
        }
      }
    }
  }

  /** How many nodes were asked because they hold hints of the partition. */
  int holdersAsked() {
    return holdersAsked;
  }

  private void onSlow() {
    slow = null;
    boolean late = hedging.late(begunNanos);
    hurried |= late;
    if (late) {
      coordination.onLate();
    }
    if (hedging.allowed(waitsForSilent())) {
      int before = calls.sent();
      askMore(route.primaries());
      for (int i = 0; i < route.primaries() && late && !coordination.enough(); i++) {
        if (coordination.missing(i)) {
          askFallback(i);
        }
      }
      if (calls.sent() == before) {
        hedging.unused();
      }
    }
    proceed();
    if (!ended && slow == null) {
      slow = hedging.again(begunNanos, this::onSlow);
    }
  }

  private boolean waitsForSilent() {
    for (int i = 0; i < nextToAsk; i++) {
      if (!route.self(i) && peers.silent(route.node(i))) {
        return true;
      }
    }
    return false;
  }

  /** Asks so many primaries more; for each that cannot be asked, a fallback. */
  private void askMore(int count) {
    int asked = 0;
    while (asked < count && nextToAsk < route.primaries() && !ended) {
      int primary = nextToAsk++;
      if (primary != route.self()) {
        asked++;
        if (!ask(primary)) {
          gone(primary);
        } else if (peers.silent(route.node(primary))) {
          askFallback(primary);
        }
      }
    }
  }

  private void gone(int index) {
    coordination.onGone(index);
    route.absent(index);
    if (index < route.primaries()) {
      if (nextToAsk < route.primaries()) {
        askMore(1);
      } else if (coordination.hopeless()) {
        askFallback(index);
      }
    }
  }

  private void askFallback(int primary) {
    int index = route.addFallback(primary);
    if (index >= 0) {
      coordination.addFallback(Positions.of(primary));
      if (!ask(index)) {
        gone(index);
      }
    }
  }

  private boolean ask(int index) {
    return calls.ask(
        route.node(index),
        call ->
            new Fetch(
                call,
                remainingMillis(),
                target.ringHash(),
                target.register(),
                target.requestId(),
                target.key(),
                FetchPart.PAST,
                knownHash,
                idempotency),
        HasSeen.class,
        seen -> heard(index, seen),
        failure -> failed(index, failure));
  }

  private int remainingMillis() {
    return (int) Math.max(1, (untilNanos - clock.nanoTime()) / 1_000_000);
  }

  private void heard(int index, HasSeen seen) {
    if (ended) {
      return;
    }
    if (seen.again() != null) {
      end(new Heard(null, coordination.answers(), SiblingsCodec.decode(seen.again())));
      return;
    }
    Past past = seen.past();
    if (past == null) {
      coordination.onSame(index, seen.complete());
    } else {
      coordination.onPast(index, past, seen.complete());
    }
    if (!seen.complete()) {
      // It may have lost data: a complete replica is asked, too.
      askMore(1);
    }
    proceed();
  }

  private void failed(int index, CallFailure failure) {
    if (ended) {
      return;
    }
    if (failure instanceof CallFailure.OtherBucket other
        && other.joined()
        && registerAttempts++ < ClusterView.REGISTER_ATTEMPTS * route.size()) {
      if (!target.sameRegister()) {
        // The write begins again, with the other register.
        end(new Heard(null, coordination.answers(), null));
        return;
      }
      if (ask(index)) {
        return;
      }
    }
    gone(index);
    proceed();
  }

  private void proceed() {
    if (ended) {
      return;
    }
    for (int i = 0; i < route.primaries() && coordination.hopeless(); i++) {
      if (coordination.missing(i)) {
        askFallback(i);
      }
    }
    if (coordination.hopeless()) {
      end(new Heard(null, coordination.answers(), null));
    } else if (coordination.enough()
        && (!waitsForHolders() || hurried)
        && (idempotency == null || metAll() || coordination.exhausted() || hurried)) {
      end(new Heard(coordination.past(), coordination.answers(), null));
    }
  }

  private boolean waitsForHolders() {
    for (int i = route.primaries(); holders && i < route.size(); i++) {
      if (coordination.awaits(i)) {
        return true;
      }
    }
    return false;
  }

  private boolean metAll() {
    return coordination.answers() >= meeting + route.size() - route.primaries();
  }

  private void end(Heard heard) {
    abandon();
    done.accept(heard);
  }
}
