package starling.node.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.cluster.ContextTokens;
import starling.node.metrics.NodeCounters;
import starling.node.peer.CallFailure;
import starling.node.peer.CallGroup;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Done;
import starling.node.peer.message.ForwardOutcome;
import starling.node.peer.message.ForwardWrite;
import starling.node.peer.message.Probe;
import starling.node.port.Clock;
import starling.node.request.Condition;
import starling.node.request.Rejection;
import starling.node.request.Rejection.Outcome;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.version.Context;
import starling.wire.ProblemKind;

/**
 * Forwards a write to a node that may coordinate it: this node, if it is a complete primary of the
 * key, else the first such primary, in one hop; a fallback, possibly this node, if no primary
 * answers. A write is forwarded a second time only if the first node surely did not accept it;
 * otherwise the client gets the outcome unknown. A rejection that concerns one node alone, before
 * an event was made, is not the cluster's answer: the next replica is tried, and the client gets
 * the rejection only if all that could coordinate the write reject it. To keep unknown outcomes
 * rare, a node that was not heard recently is probed before it gets a write. A write with an
 * idempotency key may always be forwarded again: once made, it is recognised.
 */
public final class WriteForwarding {
  /** How long a forwarding node waits beyond the time it gave. */
  private static final int GRACE_MILLIS = 40;

  /** How long a probe may take. */
  private static final int PROBE_MILLIS = 100;

  /**
   * The result of a write that was forwarded to this node.
   *
   * @param declined why it was surely not accepted, or null
   * @param pending the write, or null if it was declined or has already ended
   */
  public record Accepted(
      @Nullable DeclineReason declined, WriteCoordinator.@Nullable Pending pending) {}

  private final ClusterView cluster;
  private final PeerClient peers;
  private final WriteCoordinator writes;
  private final DeadlineWheel deadlines;
  private final Clock clock;
  private final NodeCounters counters;

  public WriteForwarding(
      ClusterView cluster,
      PeerClient peers,
      WriteCoordinator writes,
      DeadlineWheel deadlines,
      Clock clock,
      NodeCounters counters) {
    this.cluster = cluster;
    this.peers = peers;
    this.writes = writes;
    this.deadlines = deadlines;
    this.clock = clock;
    this.counters = counters;
  }

  /** A write of this node's own client. */
  public void write(WriteRequest request, Consumer<WriteOutcome> done) {
    write(request, 0, clock.nanoTime(), done);
  }

  private void write(
      WriteRequest request, int attempt, long begunNanos, Consumer<WriteOutcome> client) {
    ReplicaPlan target = plan(request);
    Checked checked = check(request, target);
    Consumer<WriteOutcome> done =
        outcome -> {
          if (attempt < ClusterView.REGISTER_ATTEMPTS && beginsAnew(target, begunNanos, outcome)) {
            write(request, attempt + 1, begunNanos, client);
          } else {
            client.accept(outcome);
          }
        };
    if (checked.refusal() != null) {
      done.accept(new WriteOutcome.Rejected(checked.refusal()));
      return;
    }
    Attempt own = new Attempt(request, target, checked.given(), begunNanos, done);
    if (writes.mayCoordinate(target)) {
      int timeoutMillis = target.properties().timeoutMillis();
      var unused = writes.coordinate(request, target, own.given, timeoutMillis, own);
    } else {
      counters.handedOn++;
      new ForwardAttempt(own).next();
    }
  }

  /** Surely not made, and begun with an old register of its bucket. */
  private boolean beginsAnew(ReplicaPlan target, long begunNanos, WriteOutcome outcome) {
    return outcome instanceof WriteOutcome.Rejected refused
        && refused.rejection().couldBeMade()
        && !target.sameRegister()
        && 2 * (clock.nanoTime() - begunNanos) < target.properties().timeoutMillis() * 1_000_000L;
  }

  /** A client's write; this node's outcome ends it, unless another node may take it instead. */
  private final class Attempt implements Consumer<WriteOutcome> {
    private final WriteRequest request;
    private final ReplicaPlan target;
    private final @Nullable Context given;
    private final long begunNanos;
    private final Consumer<WriteOutcome> done;

    Attempt(
        WriteRequest request,
        ReplicaPlan target,
        @Nullable Context given,
        long begunNanos,
        Consumer<WriteOutcome> done) {
      this.request = request;
      this.target = target;
      this.given = given;
      this.begunNanos = begunNanos;
      this.done = done;
    }

    @Override
    public void accept(WriteOutcome outcome) {
      Rejection own = rejectionOfOne(outcome);
      if (own == null) {
        done.accept(outcome);
      } else {
        counters.handedOn++;
        ForwardAttempt hop = new ForwardAttempt(this);
        hop.rejected(own);
        hop.next();
      }
    }

    /** The rejection, if another replica may take the write; else null. */
    @Nullable Rejection rejectionOfOne(WriteOutcome outcome) {
      return target.sameRegister() ? ofOneNode(outcome) : null;
    }

    int remainingMillis() {
      long passed = (clock.nanoTime() - begunNanos) / 1_000_000;
      return (int) Math.max(1, target.properties().timeoutMillis() - passed);
    }
  }

  /** The rejection, if it concerns only the rejecting node and no event was made; else null. */
  private static @Nullable Rejection ofOneNode(WriteOutcome outcome) {
    if (!(outcome instanceof WriteOutcome.Rejected refused)
        || refused.rejection().outcome() != Outcome.NONE) {
      return null;
    }
    return switch (refused.rejection().kind()) {
      case STORAGE_FULL, STORAGE_FAILED, OVERLOADED, NOT_READY, UNKNOWN_CONTEXT_KEY ->
          refused.rejection();
      default -> null;
    };
  }

  /**
   * A write that another node forwarded to this one.
   *
   * @param asFallback whether that node found that no primary answers
   */
  public Accepted acceptForwarded(
      WriteRequest request, boolean asFallback, int remainingMillis, Consumer<WriteOutcome> done) {
    ReplicaPlan target = plan(request);
    if (!target.mine() && !asFallback) {
      return new Accepted(DeclineReason.NOT_MINE, null);
    }
    if (target.mine() && !writes.mayCoordinate(target)) {
      return new Accepted(DeclineReason.INCOMPLETE, null);
    }
    Checked checked = check(request, target);
    if (checked.refusal() != null) {
      done.accept(new WriteOutcome.Rejected(checked.refusal()));
      return new Accepted(null, null);
    }
    int timeoutMillis = Math.min(target.properties().timeoutMillis(), remainingMillis);
    return new Accepted(
        null, writes.coordinate(request, target, checked.given(), timeoutMillis, done));
  }

  private ReplicaPlan plan(WriteRequest request) {
    return ReplicaPlan.of(
        cluster,
        peers,
        request.requestId(),
        request.bucket(),
        request.key(),
        request.options(),
        clock.nanoTime());
  }

  private record Checked(@Nullable Rejection refusal, @Nullable Context given) {}

  private Checked check(WriteRequest request, ReplicaPlan target) {
    Rejection refusal = target.refusalOfWrite();
    if (refusal == null && target.lastWriterWins() && request.condition() != Condition.NONE) {
      refusal =
          Rejection.of(ProblemKind.UNPROCESSABLE, "a last-writer-wins bucket has no conditions");
    }
    String context = request.context();
    if (refusal != null || context == null) {
      return new Checked(refusal, null);
    }
    ContextTokens.Claim claim =
        cluster.contexts().claim(target.key(), target.properties(), context);
    return new Checked(claim.refusal(), claim.context());
  }

  private final class ForwardAttempt {
    private final Attempt attempt;
    private final ReplicaPlan target;
    private final ActivePreferenceList route;
    private final List<Integer> candidates = new ArrayList<>();
    private final CallGroup probes = new CallGroup(peers, cluster, deadlines);
    private final CallGroup forwards = new CallGroup(peers, cluster, deadlines);
    private DeadlineWheel.Deadline deadline;
    private boolean amongFallbacks;
    private int nextToReplace;
    private int ringAttempts;
    private int registerAttempts;
    private boolean mayBeMade;

    /** An overloaded primary is not down: a fallback would only add load. */
    private boolean overloaded;

    /** The last rejection that concerned one node alone. */
    private @Nullable Rejection rejection;

    /** Whether they had different reasons. */
    private boolean mixed;

    private boolean ended;

    /** What the next coordinator receives: a first attempt only if no other node received it. */
    private WriteRequest request;

    ForwardAttempt(Attempt attempt) {
      this.attempt = attempt;
      this.request = attempt.request;
      this.target = attempt.target;
      this.route = new ActivePreferenceList(cluster, target);
      for (int i = 0; i < route.primaries(); i++) {
        if (!route.self(i) && route.mayAnswer(i)) {
          candidates.add(i);
        }
      }
      this.deadline = deadlines.set(attempt.remainingMillis() * 1_000_000L, this::onDeadline);
    }

    /** A node rejects the write for itself. */
    void rejected(Rejection refusal) {
      counters.rejectedByOne++;
      overloaded |= refusal.kind() == ProblemKind.OVERLOADED && !amongFallbacks;
      mixed |= rejection != null && rejection.kind() != refusal.kind();
      rejection = refusal;
    }

    /** Tries the next node that counts as up, or probes all that are left. */
    void next() {
      while (!ended) {
        if (candidates.isEmpty() && (overloaded || !replace())) {
          end(nobody());
          return;
        }
        int candidate = candidates.get(0);
        if (route.self(candidate)) {
          coordinateHere();
          return;
        }
        if (!peers.fresh(route.node(candidate))) {
          if (probe()) {
            return;
          }
        } else {
          candidates.remove(0);
          if (hand(candidate)) {
            return;
          }
        }
      }
    }

    private WriteOutcome nobody() {
      if (overloaded) {
        return refused(
            ProblemKind.OVERLOADED,
            "the replicas that could coordinate the write are overloaded",
            Outcome.NONE);
      }
      String nobody = "no replica could coordinate the write";
      if (rejection == null) {
        return refused(ProblemKind.UNAVAILABLE, nobody, Outcome.NONE);
      }
      return mixed
          ? refused(
              ProblemKind.UNAVAILABLE, nobody + "; the last: " + rejection.detail(), Outcome.NONE)
          : refused(rejection.kind(), rejection.detail(), Outcome.NONE);
    }

    /** From here on fallbacks are tried, each for one primary. */
    private boolean replace() {
      amongFallbacks = true;
      while (candidates.isEmpty() && nextToReplace < route.primaries()) {
        int index = route.addFallback(nextToReplace++);
        if (index >= 0) {
          candidates.add(index);
        }
      }
      return !candidates.isEmpty();
    }

    private void coordinateHere() {
      candidates.remove(0);
      // The write has a deadline of its own.
      deadlines.clear(deadline);
      var unused =
          writes.coordinate(
              request, target, attempt.given, attempt.remainingMillis(), this::onOutcome);
    }

    private void onOutcome(WriteOutcome outcome) {
      Rejection own = attempt.rejectionOfOne(outcome);
      if (own == null) {
        end(outcome);
      } else {
        rejected(own);
        deadlines.clear(deadline);
        deadline = deadlines.set(attempt.remainingMillis() * 1_000_000L, this::onDeadline);
        next();
      }
    }

    /** Probes all that are left; false if none can be asked. */
    private boolean probe() {
      for (int candidate : List.copyOf(candidates)) {
        boolean sent =
            probes.ask(
                route.node(candidate),
                call -> new Probe(call, attempt.remainingMillis(), cluster.ringHash()),
                Done.class,
                done -> there(candidate),
                failure -> notThere(candidate, failure));
        if (!sent) {
          candidates.remove((Integer) candidate);
        }
      }
      if (candidates.isEmpty()) {
        return false;
      }
      probes.timeout(PROBE_MILLIS, this::nobodyThere);
      return true;
    }

    /** A peer that declines is up. */
    private void notThere(int candidate, CallFailure failure) {
      if (failure instanceof CallFailure.Unknown) {
        gone(candidate);
      } else {
        there(candidate);
      }
    }

    private void there(int candidate) {
      probes.close();
      candidates.remove((Integer) candidate);
      if (!hand(candidate)) {
        next();
      }
    }

    private void gone(int candidate) {
      candidates.remove((Integer) candidate);
      if (candidates.isEmpty()) {
        nobodyThere();
      }
    }

    private void nobodyThere() {
      probes.close();
      candidates.clear();
      next();
    }

    private boolean hand(int candidate) {
      int millis = Math.max(1, attempt.remainingMillis() - GRACE_MILLIS);
      boolean asFallback = amongFallbacks;
      WriteRequest handed = request;
      request = request.again();
      return forwards.ask(
          route.node(candidate),
          call ->
              new ForwardWrite(
                  call, millis, cluster.ringHash(), target.register(), asFallback, handed),
          ForwardOutcome.class,
          answer -> onOutcome(answer.outcome()),
          failure -> failed(candidate, failure));
    }

    private void failed(int candidate, CallFailure failure) {
      if (failure instanceof CallFailure.Unknown) {
        onLost();
        return;
      }
      if (failure instanceof CallFailure.OtherBucket other
          && other.joined()
          && registerAttempts++ < ClusterView.REGISTER_ATTEMPTS) {
        if (!target.sameRegister()) {
          end(
              refused(
                  ProblemKind.UNAVAILABLE, "the bucket's properties have changed", Outcome.NONE));
          return;
        }
        candidates.add(0, candidate);
      }
      if (failure instanceof CallFailure.OtherRing other
          && other.joined()
          && ringAttempts++ < ClusterView.RING_ATTEMPTS) {
        candidates.add(0, candidate);
      }
      overloaded |=
          failure instanceof CallFailure.Declined declined
              && declined.reason() == DeclineReason.OVERLOADED;
      next();
    }

    private void onLost() {
      if (request.idempotency() != null) {
        // The next coordinator finds out whether it was made.
        mayBeMade = true;
        next();
        return;
      }
      end(
          refused(
              ProblemKind.TIMEOUT,
              "the connection to the coordinating replica broke",
              Outcome.UNKNOWN));
    }

    private void onDeadline() {
      probes.close();
      if (forwards.waits()) {
        forwards.giveUp();
        end(
            refused(
                ProblemKind.TIMEOUT,
                "the coordinating replica did not answer in time",
                Outcome.UNKNOWN));
      } else {
        end(refused(ProblemKind.UNAVAILABLE, "no replica could coordinate in time", Outcome.NONE));
      }
    }

    private WriteOutcome refused(ProblemKind kind, String detail, Outcome fate) {
      int required = target.required(target.properties().w(), target.properties().pw());
      return new WriteOutcome.Rejected(
          new Rejection(kind, detail, null, required, target.reachable(), List.of(), fate));
    }

    private void end(WriteOutcome outcome) {
      if (!ended) {
        ended = true;
        deadlines.clear(deadline);
        tell(outcome);
      }
    }

    private void tell(WriteOutcome outcome) {
      attempt.done.accept(
          mayBeMade && outcome instanceof WriteOutcome.Rejected refused
              ? new WriteOutcome.Rejected(
                  refused
                      .rejection()
                      .withUnknownOutcome(
                          "the coordinator that was asked first may have made the write"))
              : outcome);
    }
  }
}
