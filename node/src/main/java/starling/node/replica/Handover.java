package starling.node.replica;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.coordinator.Condition;
import starling.node.port.Clock;
import starling.node.replica.PeerMessage.Reason;
import starling.node.replica.Refusal.Fate;
import starling.node.version.Past;
import starling.wire.ProblemKind;

/**
 * Brings a write to a node that may coordinate it: this one, if it keeps the key and has forgotten
 * nothing of it, else the first that does, in one hop. A write is handed on a second time only if
 * the first node surely did not take it; when that cannot be known the client is told so.
 */
final class Handover {
  /** How long a node that handed a write on waits beyond the time it gave. */
  private static final int GRACE_MILLIS = 40;

  /**
   * What became of a write that was handed to this node.
   *
   * @param declined why it was surely not taken, or null
   * @param pending the write, or null if it was declined or has already ended
   */
  record Taken(@Nullable Reason declined, Writes.@Nullable Pending pending) {}

  private final Cluster cluster;
  private final Peers peers;
  private final Writes writes;
  private final DeadlineWheel deadlines;
  private final Clock clock;
  private final NodeCounters counters;

  Handover(
      Cluster cluster,
      Peers peers,
      Writes writes,
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

  /** A write that a client brought to this node. */
  void write(WriteRequest request, Consumer<WriteOutcome> done) {
    Target target =
        cluster.target(request.requestId(), request.bucket(), request.key(), request.options());
    Checked checked = check(request, target);
    if (checked.refusal() != null) {
      done.accept(new WriteOutcome.Refused(checked.refusal()));
    } else if (writes.mayCoordinate(target)) {
      var unused =
          writes.coordinate(
              request, target, checked.given(), target.properties().timeoutMillis(), done);
    } else {
      counters.handedOn++;
      new Hop(request, target, done).next();
    }
  }

  /** A write that another node handed to this one. */
  Taken take(WriteRequest request, int remainingMillis, Consumer<WriteOutcome> done) {
    Target target =
        cluster.target(request.requestId(), request.bucket(), request.key(), request.options());
    if (!target.primaries().contains(cluster.self())) {
      return new Taken(Reason.NOT_MINE, null);
    }
    if (!writes.mayCoordinate(target)) {
      return new Taken(Reason.INCOMPLETE, null);
    }
    Checked checked = check(request, target);
    if (checked.refusal() != null) {
      done.accept(new WriteOutcome.Refused(checked.refusal()));
      return new Taken(null, null);
    }
    int timeoutMillis = Math.min(target.properties().timeoutMillis(), remainingMillis);
    return new Taken(
        null, writes.coordinate(request, target, checked.given(), timeoutMillis, done));
  }

  private record Checked(@Nullable Refusal refusal, @Nullable Past given) {}

  private Checked check(WriteRequest request, Target target) {
    Refusal refusal = target.refusalOfWrite();
    if (refusal == null && target.lastWriterWins() && request.condition() != Condition.NONE) {
      refusal =
          Refusal.of(
              ProblemKind.UNPROCESSABLE,
              "conditions cannot be judged in a last-writer-wins bucket");
    }
    String context = request.context();
    if (refusal != null || context == null) {
      return new Checked(refusal, null);
    }
    Cluster.Claim claim = cluster.claim(target.key(), target.properties(), context);
    return new Checked(claim.refusal(), claim.past());
  }

  private final class Hop {
    private final WriteRequest request;
    private final Target target;
    private final Consumer<WriteOutcome> done;
    private final Deque<UUID> candidates;
    private final DeadlineWheel.Deadline deadline;
    private final long begunNanos = clock.nanoTime();
    private int ringAttempts;
    private @Nullable UUID asked;
    private long call = -1;
    private boolean ended;

    Hop(WriteRequest request, Target target, Consumer<WriteOutcome> done) {
      this.request = request;
      this.target = target;
      this.done = done;
      this.candidates = new ArrayDeque<>(target.askingOrder());
      candidates.remove(cluster.self());
      this.deadline =
          deadlines.set(target.properties().timeoutMillis() * 1_000_000L, this::onDeadline);
    }

    void next() {
      while (!ended) {
        UUID node = candidates.poll();
        if (node == null) {
          end(refused(ProblemKind.UNAVAILABLE, "no replica could coordinate the write", Fate.NONE));
          return;
        }
        if (hand(node)) {
          return;
        }
      }
    }

    private boolean hand(UUID node) {
      asked = node;
      long passed = (clock.nanoTime() - begunNanos) / 1_000_000;
      int millis = (int) Math.max(1, target.properties().timeoutMillis() - GRACE_MILLIS - passed);
      call =
          peers.ask(
              node,
              number -> new PeerMessage.HandOn(number, millis, cluster.ringHash(), request),
              new Calls.Listener() {
                @Override
                public void onAnswer(PeerMessage.Answer answer) {
                  call = -1;
                  heard(node, answer);
                }

                @Override
                public void onLost() {
                  call = -1;
                  end(
                      refused(
                          ProblemKind.TIMEOUT,
                          "the connection to the coordinating replica broke",
                          Fate.UNKNOWN));
                }
              });
      return call >= 0;
    }

    private void heard(UUID node, PeerMessage.Answer answer) {
      if (answer instanceof PeerMessage.Outcome outcome) {
        end(outcome.outcome());
        return;
      }
      if (answer instanceof PeerMessage.OtherRing other) {
        boolean joined = cluster.onOtherRing(node, other.facts());
        if (joined && ringAttempts++ < Cluster.RING_ATTEMPTS) {
          candidates.addFirst(node);
        }
      }
      next();
    }

    private void onDeadline() {
      UUID node = asked;
      if (node != null && call >= 0) {
        peers.giveUp(node, call);
        end(
            refused(
                ProblemKind.TIMEOUT,
                "the coordinating replica did not answer in time",
                Fate.UNKNOWN));
      } else {
        end(refused(ProblemKind.UNAVAILABLE, "no replica could coordinate in time", Fate.NONE));
      }
    }

    private WriteOutcome refused(ProblemKind kind, String detail, Fate fate) {
      int required = target.required(target.properties().w(), target.properties().pw());
      return new WriteOutcome.Refused(
          new Refusal(kind, detail, null, required, target.alive(), List.of(), fate));
    }

    private void end(WriteOutcome outcome) {
      if (!ended) {
        ended = true;
        deadlines.clear(deadline);
        done.accept(outcome);
      }
    }
  }
}
