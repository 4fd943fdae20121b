package starling.node.replica;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import starling.node.coordinator.AskCoordination;
import starling.node.coordinator.BucketProperties;
import starling.node.coordinator.BucketProperties.Conflict;
import starling.node.coordinator.Condition;
import starling.node.coordinator.ReadCoordination.Progress;
import starling.node.coordinator.WriteCoordination;
import starling.node.port.Clock;
import starling.node.replica.PeerMessage.Part;
import starling.node.replica.PeerMessage.Purpose;
import starling.node.replica.Refusal.Fate;
import starling.node.storage.Refused;
import starling.node.version.Actors;
import starling.node.version.Content;
import starling.node.version.Dot;
import starling.node.version.HybridClock;
import starling.node.version.Limits;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.node.version.Version;
import starling.wire.ProblemKind;

/**
 * Coordinates writes. A write goes through at most four stages, each decided by a plain value:
 *
 * <ol>
 *   <li><em>judge</em>, for a conditional write: the join of enough primaries is judged once, and
 *       the event's past is exactly what was judged;
 *   <li><em>ask</em>, for a write without a context and for last-writer-wins: the event's past is
 *       what a quorum has seen, fixed before its dot exists;
 *   <li><em>step</em>: one step of the key's owner merges the past into the newest set, draws the
 *       dot and appends; if the append is refused, nothing was sent to anyone;
 *   <li><em>spread</em>: the whole set goes to the other primaries at once; the write is
 *       acknowledged when enough distinct nodes hold it as durably as was asked, and goes on in the
 *       background.
 * </ol>
 *
 * <p>Until the step, giving up means surely not written; from then on it means unknown.
 */
final class Writes {
  private final Cluster cluster;
  private final Peers peers;
  private final LocalReplica local;
  private final KeyOwner owner;
  private final Reads reads;
  private final HybridClock hybridClock;
  private final ClockLease lease;
  private final Clock clock;
  private final Actors actors;
  private final DeadlineWheel deadlines;
  private final NodeCounters counters;
  private final long hedgeNanos;

  Writes(
      Cluster cluster,
      Peers peers,
      LocalReplica local,
      KeyOwner owner,
      Reads reads,
      HybridClock hybridClock,
      ClockLease lease,
      Clock clock,
      Actors actors,
      DeadlineWheel deadlines,
      NodeCounters counters,
      long hedgeNanos) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.owner = owner;
    this.reads = reads;
    this.hybridClock = hybridClock;
    this.lease = lease;
    this.clock = clock;
    this.actors = actors;
    this.deadlines = deadlines;
    this.counters = counters;
    this.hedgeNanos = hedgeNanos;
  }

  /** Something that can be told to stop while nothing has been written yet. */
  interface Pending {
    void abandon();

    boolean ended();
  }

  /**
   * Whether this node may make an event of the key: it keeps it, and has forgotten nothing of it.
   */
  boolean mayCoordinate(Target target) {
    return target.primaries().contains(cluster.self()) && local.complete(target.partition());
  }

  /** Begins a write whose target was checked and which this node may coordinate. */
  Pending coordinate(
      WriteRequest request,
      Target target,
      @Nullable Past given,
      int timeoutMillis,
      Consumer<WriteOutcome> done) {
    counters.writes++;
    Flow flow = new Flow(request, target, given, timeoutMillis, done);
    flow.begin();
    return flow;
  }

  private final class Flow implements Pending {
    private final WriteRequest request;
    private final Target target;
    private final @Nullable Past given;
    private final int timeoutMillis;
    private final Consumer<WriteOutcome> done;
    private final BucketProperties properties;
    private final List<UUID> replicas;
    private final long[] calls;
    private final long begun;
    private final WriteCoordination coordination;
    private boolean answered;
    private boolean pastFixed;
    private int full;
    private boolean stepped;
    private DeadlineWheel.@Nullable Deadline deadline;
    private DeadlineWheel.@Nullable Deadline slow;
    private @Nullable AskCoordination asking;
    private int nextToAsk = 1;
    private boolean hurried;
    private Siblings stored = Siblings.EMPTY;
    private Past shown;
    private @Nullable Dot dot;

    Flow(
        WriteRequest request,
        Target target,
        @Nullable Past given,
        int timeoutMillis,
        Consumer<WriteOutcome> done) {
      this.request = request;
      this.target = target;
      this.given = given;
      this.shown = given == null ? Past.EMPTY : given;
      this.timeoutMillis = timeoutMillis;
      this.done = done;
      this.properties = target.properties();
      this.replicas = target.askingOrder();
      this.calls = new long[replicas.size()];
      java.util.Arrays.fill(calls, -1);
      this.begun = clock.nanoTime();
      int n = properties.n();
      this.coordination =
          new WriteCoordination(
              replicas.size(),
              replicas.size(),
              properties.w().resolve(n),
              properties.pw().resolve(n));
    }

    void begin() {
      deadline = deadlines.set(timeoutMillis * 1_000_000L, this::onDeadline);
      if (request.condition() != Condition.NONE) {
        judge();
      } else if (given == null || properties.conflict() == Conflict.LWW) {
        ask();
      } else {
        step(given);
      }
    }

    @Override
    public boolean ended() {
      return answered;
    }

    @Override
    public void abandon() {
      if (!stepped) {
        end(null);
      }
    }

    // ---- judge

    private void judge() {
      int n = properties.n();
      int required =
          Math.max(
              properties.r().resolve(n), n - target.required(properties.w(), properties.pw()) + 1);
      reads.gather(
          target,
          required,
          null,
          true,
          remainingNanos(),
          gathered -> {
            if (answered) {
              return;
            }
            if (gathered.progress() != Progress.ENOUGH) {
              refuse(unavailableBeforeStep(target.missed(gathered, required)));
            } else if (!request.condition().holds(gathered.joined())) {
              refuse(
                  Refusal.of(
                      ProblemKind.PRECONDITION_FAILED,
                      gathered.joined().values().isEmpty()
                          ? "nothing is stored under this key"
                          : "the key is stored with another version"));
            } else {
              Past judged = gathered.joined().past();
              if (request.condition() instanceof Condition.Matches) {
                // Whoever names a version was shown it.
                shown = judged;
              }
              step(judged);
            }
          });
    }

    // ---- ask

    private void ask() {
      counters.asks++;
      local.newest(
          target.key(),
          target.partition(),
          newest -> {
            Past own = given == null ? newest.past() : newest.past().join(given);
            asking =
                new AskCoordination(
                    replicas.size(),
                    target.required(properties.w(), properties.pw()),
                    own,
                    newest.isEmpty());
            askMore(askedAtFirst(), newest.hash());
            if (!answered && !pastFixed) {
              slow =
                  deadlines.set(
                      hedgeNanos,
                      () -> {
                        counters.hedges++;
                        hurried = true;
                        askMore(replicas.size(), newest.hash());
                        afterAnswer();
                      });
              afterAnswer();
            }
          });
    }

    /** A delete that finds nothing anywhere is not written, and only all can say that. */
    private int askedAtFirst() {
      return isDelete() ? replicas.size() : target.required(properties.w(), properties.pw()) - 1;
    }

    private boolean isDelete() {
      return request.content().kind() == Content.Kind.TOMBSTONE;
    }

    private void askMore(int count, long knownHash) {
      for (int asked = 0; asked < count && nextToAsk < replicas.size(); ) {
        int replica = nextToAsk++;
        calls[replica] =
            peers.ask(
                replicas.get(replica),
                call ->
                    new PeerMessage.Fetch(
                        call,
                        timeoutMillis,
                        target.ringHash(),
                        target.requestId(),
                        target.key(),
                        Part.PAST,
                        knownHash),
                new Calls.Listener() {
                  @Override
                  public void onAnswer(PeerMessage.Answer answer) {
                    calls[replica] = -1;
                    onAsked(replica, answer, knownHash);
                  }

                  @Override
                  public void onLost() {
                    calls[replica] = -1;
                    notAsked(replica, knownHash);
                  }
                });
        if (calls[replica] < 0) {
          asking().onGone(replica);
        } else {
          asked++;
        }
      }
    }

    private AskCoordination asking() {
      AskCoordination present = asking;
      if (present == null) {
        throw new IllegalStateException("nothing was asked");
      }
      return present;
    }

    private void onAsked(int replica, PeerMessage.Answer answer, long knownHash) {
      if (answered || pastFixed) {
        return;
      }
      if (answer instanceof PeerMessage.HasSeen seen) {
        Past past = seen.past();
        if (past == null) {
          asking().onSame(replica);
        } else {
          asking().onPast(replica, past, seen.empty());
        }
        afterAnswer();
      } else {
        if (answer instanceof PeerMessage.OtherRing other) {
          cluster.onOtherRing(replicas.get(replica), other.facts());
        }
        notAsked(replica, knownHash);
      }
    }

    private void notAsked(int replica, long knownHash) {
      if (answered || pastFixed) {
        return;
      }
      asking().onGone(replica);
      askMore(1, knownHash);
      afterAnswer();
    }

    private void afterAnswer() {
      AskCoordination now = asking();
      if (answered || pastFixed) {
        return;
      }
      if (now.hopeless()) {
        refuse(
            new Refusal(
                ProblemKind.UNAVAILABLE,
                "too few replicas answered before the write was made",
                null,
                target.required(properties.w(), properties.pw()),
                now.answers(),
                List.of(),
                Fate.NONE));
      } else if (isDelete() && now.nobodyHoldsAnything()) {
        end(new WriteOutcome.Written("", Siblings.EMPTY.hash()));
      } else if (now.enough()
          && (!isDelete() || now.somebodyHoldsSomething() || now.exhausted() || hurried)) {
        step(now.past());
      }
    }

    // ---- step

    /**
     * Once only: the step may have to wait for the set or for a lease, and an answer that comes
     * meanwhile must not make a second event.
     */
    private void step(Past past) {
      if (pastFixed) {
        throw new IllegalStateException("the past of an event is fixed once");
      }
      pastFixed = true;
      clearSlow();
      closeCalls();
      takeStep(past);
    }

    private void takeStep(Past past) {
      owner.step(
          target.key(),
          target.partition(),
          newest -> stepOn(newest, past),
          why -> refuse(refusal(why)));
    }

    private static Refusal refusal(Refused why) {
      return switch (why) {
        case QUEUE_FULL ->
            Refusal.of(ProblemKind.OVERLOADED, "the node's log has too much to write already");
        case DISK_FULL ->
            Refusal.of(
                ProblemKind.STORAGE_FULL, "the node's disk has no room for more; reads go on");
        case STOPPED -> Refusal.of(ProblemKind.STORAGE_FAILED, "the node's log has failed");
      };
    }

    private KeyOwner.@Nullable Change stepOn(Siblings newest, Past past) {
      if (answered) {
        return null;
      }
      if (!target.stands()) {
        refuse(
            Refusal.of(
                ProblemKind.NOT_READY, "the ring or the bucket changed before the write was made"));
        return null;
      }
      if (!local.complete(target.partition())) {
        // The step's own read has just found that something is lost.
        refuse(
            Refusal.of(
                ProblemKind.UNAVAILABLE, "this replica has lost something and must be compared"));
        return null;
      }
      long floor = Math.max(newest.highestCounter(), past.highestCounter());
      long wall = clock.wallMillis();
      long counter = hybridClock.next(floor, wall);
      if (counter == HybridClock.NO_LEASE) {
        lease.await(() -> takeStep(past));
        return null;
      }
      Dot event = new Dot(actors.present(target.partition()), counter);
      Version version = new Version(event, request.content());
      Siblings after =
          properties.conflict() == Conflict.LWW
              ? newest.writeLatest(past, version)
              : newest.write(past, version);
      Limits.Verdict verdict = Limits.check(newest, after);
      if (!verdict.taken()) {
        refuse(tooMany(verdict));
        return null;
      }
      actors.made(event);
      stored = after;
      dot = event;
      byte[] encoded = SiblingsCodec.encode(after);
      return new KeyOwner.Change(
          after,
          encoded,
          properties.durability(),
          () -> {
            stepped = true;
            spread(encoded);
          },
          failure -> {
            if (failure == null) {
              coordination.onTook(0);
            } else {
              coordination.onLost(0);
            }
            afterSpread();
          });
    }

    private Refusal tooMany(Limits.Verdict verdict) {
      return Refusal.of(
          ProblemKind.TOO_MANY_SIBLINGS,
          verdict == Limits.Verdict.TOO_MANY_SIBLINGS
              ? "the write would leave more than "
                  + Limits.MOST_VERSIONS
                  + " siblings: read the key and write with the context of the answer"
              : "the write would leave siblings of more than "
                  + Limits.MOST_BYTES
                  + " bytes: read the key and write with the context of the answer");
    }

    // ---- spread

    private void spread(byte[] encoded) {
      for (int i = 1; i < replicas.size(); i++) {
        send(i, encoded, 0);
      }
      afterSpread();
    }

    private void send(int replica, byte[] encoded, int attempt) {
      calls[replica] =
          peers.ask(
              replicas.get(replica),
              call ->
                  new PeerMessage.Store(
                      call,
                      timeoutMillis,
                      target.ringHash(),
                      target.requestId(),
                      target.key(),
                      Purpose.WRITE,
                      properties.durability(),
                      properties.conflict() == Conflict.LWW,
                      encoded),
              new Calls.Listener() {
                @Override
                public void onAnswer(PeerMessage.Answer answer) {
                  calls[replica] = -1;
                  if (answer instanceof PeerMessage.Took) {
                    coordination.onTook(replica);
                  } else if (answer instanceof PeerMessage.OtherRing other
                      && attempt < Cluster.RING_ATTEMPTS
                      && cluster.onOtherRing(replicas.get(replica), other.facts())) {
                    send(replica, encoded, attempt + 1);
                  } else {
                    full +=
                        answer instanceof PeerMessage.Declined declined
                                && declined.reason() == PeerMessage.Reason.STORAGE_FULL
                            ? 1
                            : 0;
                    coordination.onRefused(replica);
                  }
                  afterSpread();
                }

                @Override
                public void onLost() {
                  calls[replica] = -1;
                  coordination.onLost(replica);
                  afterSpread();
                }
              });
      if (calls[replica] < 0) {
        coordination.onRefused(replica);
      }
    }

    private void afterSpread() {
      if (!answered) {
        if (coordination.enough()) {
          answer(new WriteOutcome.Written(context(), stored.hash()));
        } else if (coordination.hopeless()) {
          answer(new WriteOutcome.Refused(missed(ProblemKind.UNAVAILABLE)));
        }
      }
      if (coordination.settled()) {
        clearDeadline();
      }
    }

    private String context() {
      Dot event = dot;
      if (event == null) {
        throw new IllegalStateException("no event was made");
      }
      return cluster.contextAfterWrite(target, stored, event, shown);
    }

    private Refusal missed(ProblemKind kind) {
      List<String> took = new ArrayList<>();
      for (int replica : coordination.took()) {
        took.add(cluster.name(replicas.get(replica)));
      }
      int required = target.required(properties.w(), properties.pw());
      return new Refusal(
          kind,
          took.size()
              + " of the required "
              + required
              + " replicas acknowledged the write"
              + (full == 0 ? "" : ", " + full + " had no room on the disk"),
          null,
          required,
          target.alive(),
          took,
          Fate.UNKNOWN);
    }

    // ---- ends

    private void onDeadline() {
      deadline = null;
      if (!answered) {
        if (stepped) {
          answer(new WriteOutcome.Refused(missed(ProblemKind.TIMEOUT)));
        } else {
          refuse(
              new Refusal(
                  ProblemKind.UNAVAILABLE,
                  "too few replicas answered within " + timeoutMillis + " ms; nothing was written",
                  null,
                  target.required(properties.w(), properties.pw()),
                  target.alive(),
                  List.of(),
                  Fate.NONE));
        }
      }
      closeCalls();
    }

    /** A condition that could not be judged is an unavailable quorum: nothing was sent to store. */
    private Refusal unavailableBeforeStep(Refusal missed) {
      return new Refusal(
          ProblemKind.UNAVAILABLE,
          missed.detail() + "; nothing was written",
          null,
          missed.required(),
          missed.alive(),
          List.of(),
          Fate.NONE);
    }

    private void refuse(Refusal refusal) {
      end(new WriteOutcome.Refused(refusal));
    }

    /** Ends the write before its event was made. */
    private void end(@Nullable WriteOutcome outcome) {
      clearDeadline();
      closeCalls();
      if (!answered) {
        answered = true;
        clearSlow();
        if (outcome != null) {
          done.accept(outcome);
        }
      }
    }

    private void answer(WriteOutcome outcome) {
      answered = true;
      clearSlow();
      done.accept(outcome);
    }

    private void clearSlow() {
      if (slow != null) {
        deadlines.clear(slow);
        slow = null;
      }
    }

    private void clearDeadline() {
      if (deadline != null) {
        deadlines.clear(deadline);
        deadline = null;
      }
    }

    private void closeCalls() {
      for (int i = 0; i < calls.length; i++) {
        if (calls[i] >= 0) {
          peers.close(calls[i]);
          calls[i] = -1;
        }
      }
    }

    private long remainingNanos() {
      return Math.max(1, timeoutMillis * 1_000_000L - (clock.nanoTime() - begun));
    }
  }
}
