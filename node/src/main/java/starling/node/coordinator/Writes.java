package starling.node.coordinator;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.cluster.Cluster;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.Peers;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.quorum.ReadCoordination.Progress;
import starling.node.quorum.UpdateStep;
import starling.node.replica.ClockLease;
import starling.node.replica.Debts;
import starling.node.replica.Hint;
import starling.node.replica.Hints;
import starling.node.replica.Kept;
import starling.node.replica.KeyOwner;
import starling.node.replica.LargeSets;
import starling.node.replica.LocalReplica;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Refusal;
import starling.node.request.Refusal.Fate;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.Key;
import starling.node.storage.Refused;
import starling.node.version.Actor;
import starling.node.version.Actors;
import starling.node.version.Context;
import starling.node.version.Dot;
import starling.node.version.HybridClock;
import starling.node.version.IdempotencyKey;
import starling.node.version.Limits;
import starling.node.version.Past;
import starling.node.version.RequestMark;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/**
 * Coordinates writes. A write goes through at most four stages:
 *
 * <ol>
 *   <li><em>judge</em>, for a conditional write: the join of enough primaries is judged once, and
 *       the event's past is exactly what was judged;
 *   <li><em>ask</em>, for a write without a context and for last-writer-wins: the event's past is
 *       what a quorum has seen, fixed before its dot exists ({@link Asking});
 *   <li><em>step</em>: one step of the key's owner merges the past into the newest set, draws the
 *       dot and appends; if the append is refused, nothing was sent to anyone;
 *   <li><em>spread</em>: the whole set goes to the other primaries at once, and to fallbacks for
 *       those that are away; the write is acknowledged when enough distinct nodes hold it as
 *       durably as was asked, and goes on in the background ({@link Spread}).
 * </ol>
 *
 * <p>A primary that has forgotten nothing coordinates. Where none answers a fallback does: it gives
 * its event as one who keeps hints, and keeps the set as a hint. Until the step, giving up means
 * surely not written; from then on it means unknown.
 */
public final class Writes {
  private static final Logger log = LoggerFactory.getLogger(Writes.class);

  private final Cluster cluster;
  private final Peers peers;
  private final LocalReplica local;
  private final KeyOwner owner;
  private final Hints hints;
  private final Debts debts;
  private final Reads reads;
  private final HybridClock hybridClock;
  private final ClockLease lease;
  private final WaitingBytes waitingBytes;
  private final WaitingBytes held;
  private final LargeSets largeSets;
  private final Clock clock;
  private final Actors actors;
  private final DeadlineWheel deadlines;
  private final NodeCounters counters;
  private final Hedging hedging;
  private final Set<Running> running = new HashSet<>();

  /** Answered, and held until the last replicas have answered or are given up; oldest first. */
  private final Lingering lingering = new Lingering();

  public Writes(
      Cluster cluster,
      Peers peers,
      LocalReplica local,
      KeyOwner owner,
      Hints hints,
      Debts debts,
      Reads reads,
      HybridClock hybridClock,
      ClockLease lease,
      WaitingBytes waitingBytes,
      WaitingBytes held,
      LargeSets largeSets,
      Clock clock,
      Actors actors,
      DeadlineWheel deadlines,
      NodeCounters counters,
      Hedging hedging) {
    this.cluster = cluster;
    this.peers = peers;
    this.local = local;
    this.owner = owner;
    this.hints = hints;
    this.debts = debts;
    this.reads = reads;
    this.hybridClock = hybridClock;
    this.lease = lease;
    this.waitingBytes = waitingBytes;
    this.held = held;
    this.largeSets = largeSets;
    this.clock = clock;
    this.actors = actors;
    this.deadlines = deadlines;
    this.counters = counters;
    this.hedging = hedging;
  }

  private static final Pending ENDED =
      new Pending() {
        @Override
        public void abandon() {}

        @Override
        public boolean ended() {
          return true;
        }
      };

  /** Something that can be told to stop while nothing has been written yet. */
  public interface Pending {
    void abandon();

    boolean ended();
  }

  /**
   * Whether this node may make an event of the key: it keeps it, and has forgotten nothing of it.
   */
  boolean mayCoordinate(Target target) {
    return target.mine() && local.complete(target.partition());
  }

  /** Begins a write whose target was checked and which this node may coordinate. */
  Pending coordinate(
      WriteRequest request,
      Target target,
      @Nullable Context given,
      int timeoutMillis,
      Consumer<WriteOutcome> done) {
    if (!hold(request.content().valueBytes())) {
      done.accept(
          new WriteOutcome.Refused(
              Refusal.of(
                  ProblemKind.OVERLOADED, "the node holds too many bytes of writes under way")));
      return ENDED;
    }
    counters.writes++;
    Flow flow = new Flow(request, target, given, timeoutMillis, done);
    flow.contained(flow::begin);
    return flow;
  }

  /**
   * Makes room for a write. Those that were answered and wait for their last replicas are given up
   * for it: their replicas are owed what they missed, as after any time-out.
   */
  private boolean hold(int bytes) {
    while (!held.add(bytes)) {
      Flow oldest = lingering.oldest;
      if (oldest == null) {
        return false;
      }
      oldest.contained(oldest::giveUpTheRest);
      oldest.release();
    }
    return true;
  }

  /** A list through its members: a write joins and leaves it without a place made for it. */
  private static final class Lingering {
    private @Nullable Flow oldest;
    private @Nullable Flow newest;

    void add(Flow flow) {
      flow.older = newest;
      if (newest == null) {
        oldest = flow;
      } else {
        newest.newer = flow;
      }
      newest = flow;
    }

    void remove(Flow flow) {
      if (flow.older == null) {
        oldest = flow.newer;
      } else {
        flow.older.newer = flow.newer;
      }
      if (flow.newer == null) {
        newest = flow.older;
      } else {
        flow.newer.older = flow.older;
      }
      flow.older = null;
      flow.newer = null;
    }
  }

  /** A write with a name that is being carried out. */
  private record Running(Key key, long high, long low) {}

  private final class Flow implements Pending, Spread.Listener, UpdateStep.Sources {
    private final WriteRequest request;
    private final Target target;
    private final @Nullable Context given;
    private final int timeoutMillis;
    private final Consumer<WriteOutcome> done;
    private final BucketProperties properties;
    private final boolean standsIn;
    private final long begun;
    private final @Nullable IdempotencyKey idempotency;
    private @Nullable Running alone;
    private boolean answered;
    private boolean released;
    private boolean lingers;
    private @Nullable Flow older;
    private @Nullable Flow newer;

    /** Whether the log took the event: from then on it may appear. */
    private boolean appended;

    private boolean pastFixed;
    private DeadlineWheel.@Nullable Deadline deadline;
    private @Nullable Asking asking;
    private @Nullable Spread spread;
    private Siblings stored = Siblings.EMPTY;

    /** What holds an event that this very write has made before; empty where none was found. */
    private Siblings again = Siblings.EMPTY;

    /** The record of that event, or of the one that was made now; null until there is one. */
    private @Nullable RequestMark made;

    private Context shown;
    private @Nullable Dot dot;

    Flow(
        WriteRequest request,
        Target target,
        @Nullable Context given,
        int timeoutMillis,
        Consumer<WriteOutcome> done) {
      this.request = request;
      this.target = target;
      this.given = given;
      this.shown = given == null ? Context.EMPTY : given;
      this.timeoutMillis = timeoutMillis;
      this.done = done;
      this.properties = target.properties();
      this.standsIn = !target.mine();
      this.begun = clock.nanoTime();
      this.idempotency = request.idempotency();
    }

    void begin() {
      if (idempotency != null) {
        Running asked = new Running(target.key(), idempotency.high(), idempotency.low());
        if (!running.add(asked)) {
          refuse(
              Refusal.of(
                  ProblemKind.STILL_RUNNING,
                  "the first request with this Idempotency-Key is still being carried out"));
          return;
        }
        alone = asked;
      }
      deadline = deadlines.set(timeoutMillis * 1_000_000L, () -> contained(this::onDeadline));
      if (standsIn) {
        counters.standIns++;
      }
      if (idempotency != null) {
        ask();
      } else {
        decide(null);
      }
    }

    /**
     * Goes on where this write has surely made no event yet.
     *
     * @param heard what a quorum has seen, if it was asked already
     */
    private void decide(@Nullable Context heard) {
      if (request.condition() != Condition.NONE) {
        judge();
      } else if (given != null && properties.conflict() != Conflict.LWW) {
        step(given);
      } else if (heard != null) {
        step(heard);
      } else {
        ask();
      }
    }

    /** The nodes this write goes to; where this one stands in, it does so for the first absent. */
    private Route route() {
      Route route = new Route(cluster, target);
      if (standsIn) {
        route.selfStandsIn();
      }
      return route;
    }

    /** An error ends this write, at once and with what is known of it. */
    private void contained(Runnable part) {
      try {
        part.run();
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        log.error("request {}: the write was ended by an error", request.requestId(), e);
        fail();
      }
    }

    private void fail() {
      if (appended) {
        answer(Refusal.perhaps(ProblemKind.INTERNAL, Refusal.ERROR_INSIDE));
      } else {
        refuse(Refusal.of(ProblemKind.INTERNAL, Refusal.ERROR_INSIDE));
      }
    }

    @Override
    public boolean ended() {
      return answered;
    }

    @Override
    public void abandon() {
      if (!appended) {
        end(null);
      }
    }

    // ---- judge

    private void judge() {
      int required = Condition.primaries(properties, cluster.bucket(target.key().bucket()));
      reads.gatherPrimaries(
          target,
          required,
          remainingNanos(),
          gathered -> contained(() -> onGathered(gathered, required)));
    }

    private void onGathered(Reads.Gathered gathered, int required) {
      if (answered) {
        return;
      }
      if (gathered.progress() != Progress.ENOUGH) {
        refuse(unavailableBeforeStep(target.missed(gathered, required)));
      } else if (first(gathered.joined()) != null) {
        // Nobody who was asked in time knew of it: its own first try must not refuse it.
        repeat(gathered.joined());
      } else if (!request.condition().holds(gathered.joined())) {
        refuse(
            Refusal.of(
                ProblemKind.PRECONDITION_FAILED,
                request.condition() instanceof Condition.Absent
                    ? "something is stored under this key"
                    : gathered.joined().values().isEmpty()
                        ? "nothing is stored under this key"
                        : "the key is stored with another version"));
      } else {
        step(judged(Context.of(gathered.joined())));
      }
    }

    /** What the event replaces, once its condition was found to hold of this. */
    private Context judged(Context judged) {
      if (request.condition() == Condition.PRESENT && given != null) {
        // That something is there says nothing of what its writer has seen.
        return given;
      }
      if (request.condition() instanceof Condition.Matches) {
        // Whoever names a version was shown it.
        shown = judged;
      }
      return judged;
    }

    /** This very write has made its event before, and this set knows it. */
    private void repeat(Siblings known) {
      if (local.observe(known)) {
        again = known;
        made = first(known);
        step(Context.EMPTY);
      } else {
        refuse(refusal(Refused.STOPPED));
      }
    }

    // ---- ask

    private void ask() {
      counters.asks++;
      local.newest(
          target.key(),
          target.partition(),
          newest -> {
            if (answered) {
              return;
            }
            made = first(newest);
            if (made != null) {
              step(Context.EMPTY);
              return;
            }
            Asking asks =
                new Asking(
                    cluster,
                    peers,
                    deadlines,
                    hedging,
                    target,
                    route(),
                    newest,
                    local.complete(target.partition()),
                    given == null ? null : given.past(),
                    // A put that misses a hint leaves a sibling; a delete would not have deleted.
                    idempotency != null || request.content().isTombstone(),
                    idempotency,
                    clock,
                    begun + timeoutMillis * 1_000_000L,
                    heard -> contained(() -> onHeard(heard)));
            asking = asks;
            asks.begin();
            counters.holdersAsked += asks.holdersAsked();
          },
          why -> refuse(refusal(why)));
    }

    private void onHeard(Asking.Heard heard) {
      Past past = heard.past();
      if (heard.again() != null) {
        repeat(heard.again());
      } else if (past == null) {
        refuse(
            new Refusal(
                ProblemKind.UNAVAILABLE,
                "too few replicas answered before the write was made",
                null,
                target.required(properties.w(), properties.pw()),
                heard.answers(),
                List.of(),
                Fate.NONE));
      } else {
        decide(Context.of(past));
      }
    }

    /** The mark of the event that this very write has made before; null if none is known. */
    private @Nullable RequestMark first(Siblings set) {
      return idempotency == null ? null : idempotency.first(set);
    }

    // ---- step

    /**
     * Once only: the step may have to wait for the set or for a lease, and an answer that comes
     * meanwhile must not make a second event.
     */
    private void step(Context past) {
      if (pastFixed) {
        throw new IllegalStateException("the past of an event is fixed once");
      }
      pastFixed = true;
      if (standsIn) {
        keepAsHint(past);
      } else {
        takeStep(past);
      }
    }

    private void keepAsHint(Context past) {
      if (!hints.roomFor(request.content().valueBytes())) {
        refuseHint();
        return;
      }
      Refused now = hints.listed(target.partition()) ? null : owner.refuses();
      if (now != null) {
        // The list of hints could not be saved either.
        refuse(refusal(now));
      } else if (!waitingBytes.add(request.content().valueBytes())) {
        refuse(refusal(Refused.QUEUE_FULL));
      } else {
        hints.list(
            target.partition(),
            listed -> {
              waitingBytes.remove(request.content().valueBytes());
              if (listed) {
                takeStep(past);
              } else {
                refuse(refusal(Refused.STOPPED));
              }
            });
      }
    }

    private void refuseHint() {
      counters.hintsRefused++;
      refuse(
          Refusal.of(
              ProblemKind.OVERLOADED,
              "no primary of the key answers, and this node keeps as much for others as it may"));
    }

    private void takeStep(Context past) {
      owner.step(
          target.key(),
          target.partition(),
          request.content().valueBytes(),
          newest -> stepOn(newest, past),
          why -> refuse(refusal(why)));
    }

    private static Refusal refusal(Refused why) {
      return switch (why) {
        case QUEUE_FULL ->
            Refusal.of(ProblemKind.OVERLOADED, "too much waits for the node's disk already");
        case DISK_FULL ->
            Refusal.of(
                ProblemKind.STORAGE_FULL, "the node's disk has no room for more; reads go on");
        case STALLED ->
            Refusal.of(
                ProblemKind.NOT_READY,
                "the node's disk takes no writes at present, for want of descriptors or the like;"
                    + " reads go on");
        case FAILED -> Refusal.of(ProblemKind.INTERNAL, Refusal.ERROR_INSIDE);
        case STOPPED -> Refusal.of(ProblemKind.STORAGE_FAILED, "the node's log has failed");
        case UNREADABLE ->
            Refusal.of(
                ProblemKind.STORAGE_FAILED, "what this node holds of the key cannot be read");
      };
    }

    private KeyOwner.@Nullable Change stepOn(Kept kept, Context past) {
      if (answered) {
        return null;
      }
      if (!target.stands()) {
        refuse(
            Refusal.of(
                ProblemKind.NOT_READY, "the ring or the bucket changed before the write was made"));
        return null;
      }
      if (!standsIn && !local.complete(target.partition())) {
        // The step's own read has just found that something is lost.
        refuse(
            Refusal.of(
                ProblemKind.NOT_READY, "this replica has lost something and must be compared"));
        return null;
      }
      if (standsIn && !hints.listed(target.partition())) {
        keepAsHint(past);
        return null;
      }
      UpdateStep.Outcome outcome =
          UpdateStep.of(
              kept.set(),
              again,
              past,
              request.content(),
              properties.conflict(),
              idempotency,
              made,
              this);
      if (outcome instanceof UpdateStep.Append append) {
        if (!largeSets.fits(target.key(), append.set())) {
          refuse(
              Refusal.of(
                  ProblemKind.TOO_MANY_SIBLINGS,
                  "the write would leave siblings of more than "
                      + largeSets.maxBytes()
                      + " bytes, which the heap of this node does not bear: read the key and write"
                      + " with the context of the answer, or give the nodes a larger heap"));
          return null;
        }
        if (standsIn && !hints.roomFor(kept, append.set())) {
          refuseHint();
          return null;
        }
        actors.made(append.event());
        made = append.record();
        return change(kept, append.set(), append.event());
      }
      if (outcome instanceof UpdateStep.Repeat repeat) {
        made = repeat.record();
        if (standsIn && !hints.roomFor(kept, repeat.set())) {
          refuseHint();
          return null;
        }
        counters.repeated++;
        return change(kept, local.stored(kept.set(), repeat.set()), repeat.record().dot());
      }
      if (outcome instanceof UpdateStep.Reject reject) {
        made = null;
        refuse(refusal(reject));
        return null;
      }
      Refused now = owner.refuses();
      if (now != null) {
        // The lease could not be saved either, and nothing is made without it.
        refuse(refusal(now));
      } else if (!lease.await(request.content().valueBytes(), () -> takeStep(past))) {
        refuse(refusal(Refused.QUEUE_FULL));
      }
      return null;
    }

    @Override
    public Siblings storedWithNext(Siblings before, Siblings set) {
      return local.storedWithNext(before, set);
    }

    @Override
    public long nextCounter(long floor) {
      return hybridClock.next(floor, clock.wallMillis());
    }

    @Override
    public Actor actor() {
      return standsIn
          ? actors.presentForHints(target.partition())
          : actors.present(target.partition());
    }

    private static Refusal refusal(UpdateStep.Reject why) {
      return switch (why) {
        case OTHER_REQUEST ->
            Refusal.of(
                ProblemKind.UNPROCESSABLE,
                HeaderNames.IDEMPOTENCY_KEY,
                "another request was sent under this Idempotency-Key");
        case TOO_MANY_RECORDS ->
            Refusal.of(
                ProblemKind.TOO_MANY_REQUESTS,
                "the key was written "
                    + RequestMark.MOST_YOUNG
                    + " times with an Idempotency-Key within a minute: nothing was written");
        case TOO_MANY_SIBLINGS ->
            Refusal.of(
                ProblemKind.TOO_MANY_SIBLINGS,
                "the write would leave more than "
                    + Limits.MOST_VERSIONS
                    + " siblings: read the key and write with the context of the answer");
        case TOO_MANY_BYTES ->
            Refusal.of(
                ProblemKind.TOO_MANY_SIBLINGS,
                "the write would leave siblings of more than "
                    + Limits.MOST_BYTES
                    + " bytes: read the key and write with the context of the answer");
      };
    }

    /** Keeps the set with the event in it, and brings it to the others. */
    private KeyOwner.Change change(Kept before, Siblings after, Dot event) {
      stored = after;
      dot = event;
      Route route = route();
      Hint hint = Hint.NONE;
      if (standsIn) {
        UUID ward = route.ward(route.self());
        Hint marked = Hint.of(ward == null ? route.node(0) : ward, clock.wallMillis());
        hint = before.hint().join(before.debt()).join(marked);
      }
      byte[] encoded = SiblingsCodec.encode(after);
      Kept keeps = new Kept(after, hint, standsIn ? Hint.NONE : debt(before));
      return new KeyOwner.Change(
          keeps,
          keeps.encode(encoded),
          properties.durability(),
          () -> contained(() -> begin(route, encoded)),
          failure -> onOwnLog(failure == null));
    }

    /** What other primaries have missed of this key already, and miss now where that is known. */
    private Hint debt(Kept before) {
      Hint owed = before.debt().none() ? before.hint() : before.debt();
      List<UUID> down = target.downWithoutFallback();
      boolean more =
          !down.isEmpty() && debts.listed(target.partition()) && debts.roomFor(target.key());
      return more ? owed.join(new Hint(down, List.of(), clock.wallMillis())) : owed.join(Hint.NONE);
    }

    // ---- spread

    private void begin(Route route, byte[] encoded) {
      appended = true;
      Spread begun =
          new Spread(
              cluster,
              peers,
              deadlines,
              counters,
              hedging,
              target,
              route,
              encoded,
              timeoutMillis,
              this);
      spread = begun;
      begun.begin();
    }

    private void onOwnLog(boolean took) {
      Spread begun = spread;
      if (begun != null) {
        contained(() -> begun.onOwnLog(took));
      } else {
        // The log may have it, and it was sent to no other node.
        appended = true;
        fail();
      }
    }

    @Override
    public void onEnough() {
      if (!answered) {
        finish(WriteOutcome.Written.of(context(), stored, event()));
      }
    }

    @Override
    public void onHopeless() {
      answer(missed(ProblemKind.UNAVAILABLE));
    }

    @Override
    public void onSettled() {
      clearDeadline();
      release();
    }

    private void giveUpTheRest() {
      if (spread != null) {
        spread.giveUp();
      }
    }

    private void release() {
      if (!released) {
        released = true;
        held.remove(request.content().valueBytes());
        if (lingers) {
          lingering.remove(this);
        }
      }
    }

    @Override
    public void onMissed(List<UUID> primaries) {
      local.owe(
          target.key(), target.partition(), primaries, properties.durability(), clock.wallMillis());
    }

    private Dot event() {
      Dot event = dot;
      if (event == null) {
        throw new IllegalStateException("no event was made");
      }
      return event;
    }

    private RequestMark made() {
      RequestMark mark = made;
      if (mark == null) {
        throw new IllegalStateException("no event with an idempotency record was made");
      }
      return mark;
    }

    private String context() {
      // The same at every repetition, whatever has become of the key meanwhile.
      return idempotency == null
          ? cluster.contexts().afterWrite(target.key(), target.properties(), stored, event(), shown)
          : cluster
              .contexts()
              .ofEvent(
                  target.key(), target.properties(), made(), given == null ? Context.EMPTY : given);
    }

    private Refusal missed(ProblemKind kind) {
      List<String> took = spread == null ? List.of() : spread.took();
      int full = spread == null ? 0 : spread.full();
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
          target.reachable(),
          took,
          Fate.UNKNOWN);
    }

    // ---- ends

    private void onDeadline() {
      deadline = null;
      if (appended) {
        answer(missed(ProblemKind.TIMEOUT));
        if (spread != null) {
          spread.onDeadline();
        }
      } else if (!answered) {
        refuse(
            new Refusal(
                ProblemKind.UNAVAILABLE,
                "too few replicas answered within " + timeoutMillis + " ms; nothing was written",
                null,
                target.required(properties.w(), properties.pw()),
                target.reachable(),
                List.of(),
                Fate.NONE));
      }
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
      // Nothing was written now; but a client that sends a write again asks after all of them.
      end(
          new WriteOutcome.Refused(
              made == null
                  ? refusal
                  : refusal.withUnknownFate("the write was made when it was sent before")));
    }

    /** Ends the write before its event was made. */
    private void end(@Nullable WriteOutcome outcome) {
      clearDeadline();
      if (asking != null) {
        asking.abandon();
      }
      if (!answered) {
        finish(outcome);
      }
    }

    private void answer(Refusal refusal) {
      if (!answered) {
        finish(new WriteOutcome.Refused(refusal));
      }
    }

    private void finish(@Nullable WriteOutcome outcome) {
      answered = true;
      if (alone != null) {
        running.remove(alone);
      }
      if (spread == null) {
        release();
      } else if (!released) {
        lingers = true;
        lingering.add(this);
      }
      if (outcome != null) {
        done.accept(outcome);
      }
    }

    private void clearDeadline() {
      if (deadline != null) {
        deadlines.clear(deadline);
        deadline = null;
      }
    }

    private long remainingNanos() {
      return Math.max(1, timeoutMillis * 1_000_000L - (clock.nanoTime() - begun));
    }
  }
}
