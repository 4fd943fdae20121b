package starling.node.replica;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.coordinator.BucketProperties;
import starling.node.coordinator.BucketProperties.Conflict;
import starling.node.coordinator.ReadCoordination;
import starling.node.coordinator.ReadCoordination.Ask;
import starling.node.coordinator.ReadCoordination.Progress;
import starling.node.coordinator.ReadCoordination.Wanted;
import starling.node.replica.PeerMessage.Part;
import starling.node.replica.PeerMessage.Purpose;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * Carries out what {@link ReadCoordination} decides: asks replicas, waits, answers, and mends the
 * replicas that were seen to differ. Any node coordinates a read itself, also for a key it does not
 * keep: that costs one round trip where handing the read on would cost two in a row.
 */
final class Reads {
  /** Longest a question of a repair is worth carrying out. */
  private static final int REPAIR_MILLIS = 60_000;

  /** What a gathering of replicas found. */
  record Gathered(Siblings joined, Progress progress, boolean timedOut, List<String> answered) {}

  private final Cluster cluster;
  private final Peers peers;
  private final LocalReplica local;
  private final DeadlineWheel deadlines;
  private final NodeCounters counters;
  private final long hedgeNanos;

  Reads(
      Cluster cluster,
      Peers peers,
      LocalReplica local,
      DeadlineWheel deadlines,
      NodeCounters counters,
      long hedgeNanos) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.deadlines = deadlines;
    this.counters = counters;
    this.hedgeNanos = hedgeNanos;
  }

  void read(ReadRequest request, Consumer<ReadOutcome> done) {
    Target target =
        cluster.target(request.requestId(), request.bucket(), request.key(), request.options());
    Refusal refusal = target.refusalOfRead();
    Past seen = null;
    if (refusal == null && request.context() != null) {
      Cluster.Claim claim = cluster.claim(target.key(), target.properties(), request.context());
      refusal = claim.refusal();
      seen = claim.past();
    }
    if (refusal != null) {
      done.accept(new ReadOutcome.Refused(refusal));
      return;
    }
    counters.reads++;
    BucketProperties properties = target.properties();
    gather(
        target,
        target.required(properties.r(), properties.pr()),
        seen,
        false,
        properties.timeoutMillis() * 1_000_000L,
        gathered -> done.accept(outcome(target, gathered)));
  }

  /**
   * Hears enough replicas of a key.
   *
   * @param everyone asks all of them at once for whole sets
   */
  void gather(
      Target target,
      int required,
      @Nullable Past mustCover,
      boolean everyone,
      long timeoutNanos,
      Consumer<Gathered> done) {
    new Gathering(target, required, mustCover, everyone, timeoutNanos, done).begin();
  }

  private ReadOutcome outcome(Target target, Gathered gathered) {
    if (gathered.progress() == Progress.ENOUGH) {
      Siblings joined = gathered.joined();
      String context = cluster.contextOf(target, joined);
      return joined.values().isEmpty()
          ? new ReadOutcome.Missing(joined.deleted(), context)
          : new ReadOutcome.Found(joined.values(), context, joined.hash());
    }
    return new ReadOutcome.Refused(
        target.missed(
            gathered, target.required(target.properties().r(), target.properties().pr())));
  }

  private final class Gathering {
    private final Target target;
    private final long timeoutNanos;
    private final Consumer<Gathered> done;
    private final List<UUID> replicas;
    private final long[] calls;
    private final ReadCoordination coordination;
    private final Deque<Ask> todo = new ArrayDeque<>(4);
    private final boolean latest;
    private boolean pumping;
    private boolean finished;
    private DeadlineWheel.@Nullable Deadline deadline;
    private DeadlineWheel.@Nullable Deadline slow;

    Gathering(
        Target target,
        int required,
        @Nullable Past mustCover,
        boolean everyone,
        long timeoutNanos,
        Consumer<Gathered> done) {
      this.target = target;
      this.timeoutNanos = timeoutNanos;
      this.done = done;
      this.replicas = target.askingOrder();
      this.calls = new long[2 * replicas.size()];
      java.util.Arrays.fill(calls, -1);
      this.coordination = new ReadCoordination(replicas.size(), required, mustCover, everyone);
      this.latest = target.properties().conflict() == Conflict.LWW;
    }

    void begin() {
      deadline = deadlines.set(timeoutNanos, () -> finish(true));
      slow = deadlines.set(hedgeNanos, this::onSlow);
      todo.addAll(coordination.begin());
      pump();
    }

    private void onSlow() {
      List<Ask> more = coordination.onSlow();
      if (!more.isEmpty()) {
        counters.hedges++;
        slow = deadlines.set(hedgeNanos, this::onSlow);
        todo.addAll(more);
        pump();
      }
    }

    /** Carries out what is to be asked; answers that come at once add to it. */
    private void pump() {
      if (pumping) {
        return;
      }
      pumping = true;
      while (!finished && !todo.isEmpty()) {
        ask(todo.poll());
      }
      pumping = false;
      if (!finished && coordination.progress() != Progress.WAITING) {
        finish(false);
      }
    }

    private void proceed(List<Ask> more) {
      if (finished) {
        return;
      }
      todo.addAll(more);
      pump();
    }

    private void ask(Ask ask) {
      int replica = ask.replica();
      UUID node = replicas.get(replica);
      if (node.equals(cluster.self())) {
        if (ask.wanted() == Wanted.DIGEST) {
          boolean complete = local.complete(target.partition());
          proceed(coordination.onDigest(replica, local.digest(target.key()), complete));
        } else {
          local.whole(
              target.key(),
              stored ->
                  proceed(
                      coordination.onSet(
                          replica,
                          stored == null ? Siblings.EMPTY : SiblingsCodec.decode(stored.set()),
                          // The read itself may have found that something is lost.
                          local.complete(target.partition()))));
        }
        return;
      }
      Part part = ask.wanted() == Wanted.WHOLE ? Part.WHOLE : Part.DIGEST;
      int slot = 2 * replica + (part == Part.WHOLE ? 1 : 0);
      calls[slot] =
          peers.ask(
              node,
              call ->
                  new PeerMessage.Fetch(
                      call,
                      target.properties().timeoutMillis(),
                      target.ringHash(),
                      target.requestId(),
                      target.key(),
                      part,
                      0),
              new Calls.Listener() {
                @Override
                public void onAnswer(PeerMessage.Answer answer) {
                  calls[slot] = -1;
                  proceed(heard(replica, answer));
                }

                @Override
                public void onLost() {
                  calls[slot] = -1;
                  proceed(coordination.onGone(replica));
                }
              });
      if (calls[slot] < 0) {
        proceed(coordination.onGone(replica));
      }
    }

    private List<Ask> heard(int replica, PeerMessage.Answer answer) {
      if (answer instanceof PeerMessage.Holds holds) {
        byte[] set = holds.set();
        if (set != null) {
          return coordination.onSet(replica, SiblingsCodec.decode(set), holds.complete());
        }
        return holds.hash() == Siblings.EMPTY.hash()
            ? coordination.onSet(replica, Siblings.EMPTY, holds.complete())
            : coordination.onDigest(replica, holds.hash(), holds.complete());
      }
      if (answer instanceof PeerMessage.OtherRing other) {
        cluster.onOtherRing(replicas.get(replica), other.facts());
      }
      return coordination.onGone(replica);
    }

    private void finish(boolean timedOut) {
      finished = true;
      if (deadline != null) {
        deadlines.clear(deadline);
      }
      if (slow != null) {
        deadlines.clear(slow);
      }
      for (long call : calls) {
        if (call >= 0) {
          peers.close(call);
        }
      }
      Progress progress = coordination.progress();
      Siblings joined = coordination.outcome();
      if (latest) {
        joined = joined.joinLatest(Siblings.EMPTY);
      }
      List<String> answered = new ArrayList<>();
      if (progress != Progress.ENOUGH) {
        for (int i = 0; i < replicas.size(); i++) {
          if (coordination.hasAnswered(i)) {
            answered.add(cluster.name(replicas.get(i)));
          }
        }
      }
      done.accept(new Gathered(joined, progress, timedOut, answered));
      if (progress == Progress.ENOUGH) {
        repair(joined);
      }
    }

    private void repair(Siblings joined) {
      List<Integer> stale = coordination.repairs(joined);
      if (stale.isEmpty()) {
        return;
      }
      counters.differences++;
      byte[] encoded = SiblingsCodec.encode(joined);
      for (int replica : stale) {
        counters.repairs++;
        UUID node = replicas.get(replica);
        if (node.equals(cluster.self())) {
          local.store(
              target.key(),
              target.partition(),
              encoded,
              target.properties().conflict(),
              target.properties().durability(),
              Purpose.REPAIR,
              reason -> {});
        } else {
          // Nobody waits for the answer: the next read that differs repairs again.
          peers.tell(
              node,
              new PeerMessage.Store(
                  0,
                  REPAIR_MILLIS,
                  target.ringHash(),
                  target.requestId(),
                  target.key(),
                  Purpose.REPAIR,
                  target.properties().durability(),
                  latest,
                  encoded));
        }
      }
    }
  }
}
