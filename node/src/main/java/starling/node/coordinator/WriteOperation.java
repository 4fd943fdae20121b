package starling.node.coordinator;

import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.coordinator.WriteCoordinator.Pending;
import starling.node.peer.DeadlineWheel;
import starling.node.port.OutOfMemory;
import starling.node.quorum.ReadCoordination.Progress;
import starling.node.quorum.UpdateStep;
import starling.node.replica.Hint;
import starling.node.replica.KeyOwner;
import starling.node.replica.StoredValue;
import starling.node.request.BucketProperties;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.storage.AppendRejection;
import starling.node.version.Actor;
import starling.node.version.Context;
import starling.node.version.Dot;
import starling.node.version.IdempotencyKey;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;
import starling.wire.ProblemKind;

/**
 * One write, from its admission to the last replica. It goes through at most four stages of work:
 *
 * <ol>
 *   <li><em>judge</em>, for a conditional write: the condition is evaluated once on the join of
 *       enough primaries, and the event's past is exactly that join;
 *   <li><em>ask</em>, for a write without a context and for last-writer-wins: the event's past is
 *       the past of a quorum, fixed before its dot exists ({@link ContextQuery});
 *   <li><em>step</em>: one step of the key's owner merges the past into the newest set, draws the
 *       dot and appends; if the append is rejected, nothing was sent to another node;
 *   <li><em>spread</em>: the whole set goes to the other primaries at once, and to fallbacks for
 *       those that are down; the write is acknowledged when enough distinct nodes hold it with the
 *       requested durability, and continues in the background ({@link WriteReplication}).
 * </ol>
 *
 * <p>A complete primary coordinates. If none answers a fallback does: it makes its event with its
 * actor for hints, and stores the set as a hint. Until the step, giving up means surely not
 * written; from then on it means unknown.
 */
final class WriteOperation implements Pending, WriteReplication.Listener, UpdateStep.Sources {
  private static final Logger log = LoggerFactory.getLogger(WriteOperation.class);

  /** The stage of a write. Until REPLICATING, giving up means surely not written. */
  enum Stage {
    /** Nothing was asked yet. */
    NEW,
    /** Enough primaries are asked for their sets, to evaluate the condition. */
    JUDGING,
    /** A quorum is asked for its past, or whether it knows the event of this request. */
    ASKING,
    /** The event's past is fixed: the owner of the key makes the event, once. */
    STEPPING,
    /** The log has accepted the event, which is on its way to the other replicas: it may appear. */
    REPLICATING,
    /** The client was answered, and no replica is awaited. */
    ENDED;

    boolean mayFollow(Stage before) {
      return switch (this) {
        case NEW -> false;
        case ASKING -> before == NEW;
        case JUDGING -> before == NEW || before == ASKING;
        case STEPPING -> before == NEW || before == ASKING || before == JUDGING;
        case REPLICATING -> before == STEPPING;
        case ENDED -> true;
      };
    }
  }

  private final WriteParts parts;
  private final WriteCoordinator coordinator;
  private final WriteRequest request;
  private final ReplicaPlan target;
  private final @Nullable Context given;
  private final int timeoutMillis;
  private final Consumer<WriteOutcome> done;
  private final BucketProperties properties;
  private final boolean standsIn;
  private final long begun;
  private final @Nullable IdempotencyKey idempotency;
  private WriteCoordinator.@Nullable Running alone;
  private boolean answered;
  private boolean released;
  private boolean lingers;

  /** Its neighbours among the writes that were answered and wait for their last replicas. */
  @Nullable WriteOperation older;

  @Nullable WriteOperation newer;

  private Stage stage = Stage.NEW;
  private DeadlineWheel.@Nullable Deadline deadline;
  private @Nullable ContextQuery query;
  private @Nullable WriteReplication replication;
  private Siblings stored = Siblings.EMPTY;

  /** The set with an event that this write has made before; empty if none was found. */
  private Siblings again = Siblings.EMPTY;

  /** The record of that event, or of the one that was made now; null until there is one. */
  private @Nullable IdempotencyRecord made;

  private Context shown;
  private @Nullable Dot dot;

  /**
   * @param given the past of the client's context, or null if its write has none
   * @param done called once with the outcome
   */
  WriteOperation(
      WriteParts parts,
      WriteCoordinator coordinator,
      WriteRequest request,
      ReplicaPlan target,
      @Nullable Context given,
      int timeoutMillis,
      Consumer<WriteOutcome> done) {
    this.parts = parts;
    this.coordinator = coordinator;
    this.request = request;
    this.target = target;
    this.given = given;
    this.shown = given == null ? Context.EMPTY : given;
    this.timeoutMillis = timeoutMillis;
    this.done = done;
    this.properties = target.properties();
    this.standsIn = !target.mine();
    this.begun = parts.clock().nanoTime();
    this.idempotency = request.idempotency();
  }

  void begin() {
    if (idempotency != null) {
      alone = coordinator.begins(target.key(), idempotency);
      if (alone == null) {
        refuse(WriteRejections.stillRunning());
        return;
      }
    }
    deadline = parts.deadlines().set(timeoutMillis * 1_000_000L, () -> contained(this::onDeadline));
    if (standsIn) {
      parts.counters().standIns++;
    }
    if (idempotency != null) {
      ask();
    } else {
      decide(null);
    }
  }

  /**
   * Continues when this write has surely made no event yet.
   *
   * @param heard the past of a quorum, if it was asked already
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

  /**
   * The nodes of this write; if this node is a fallback, it is one for the first absent primary.
   */
  private ActivePreferenceList route() {
    ActivePreferenceList route = new ActivePreferenceList(parts.cluster(), target);
    if (standsIn) {
      route.addSelfAsFallback();
    }
    return route;
  }

  /** An error ends this write, at once and with the outcome known so far. */
  void contained(Runnable part) {
    try {
      part.run();
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended the write", request.requestId(), e);
      fail();
    }
  }

  /** A stage that does not follow is a bug; an event must not be made twice for it. */
  private void enter(Stage next) {
    if (!next.mayFollow(stage)) {
      throw new IllegalStateException("a write that is " + stage + " cannot become " + next);
    }
    stage = next;
  }

  /** Whether the log has accepted the event: from then on it may appear. */
  private boolean appended() {
    return replication != null || stage == Stage.REPLICATING;
  }

  private void fail() {
    if (appended()) {
      answer(Rejection.perhaps(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE));
    } else {
      refuse(Rejection.of(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE));
    }
  }

  @Override
  public boolean ended() {
    return answered;
  }

  @Override
  public void abandon() {
    if (!appended()) {
      end(null);
    }
  }

  // ---- judge

  private void judge() {
    enter(Stage.JUDGING);
    int required = Condition.primaries(properties, parts.cluster().bucket(target.key().bucket()));
    parts
        .reads()
        .gatherPrimaries(
            target,
            required,
            remainingNanos(),
            gathered -> contained(() -> onGathered(gathered, required)));
  }

  private void onGathered(ReadCoordinator.Gathered gathered, int required) {
    if (answered) {
      return;
    }
    if (gathered.progress() != Progress.ENOUGH) {
      refuse(WriteRejections.beforeEvent(target.missed(gathered, required)));
    } else if (first(gathered.joined()) != null) {
      // No node that answered in time knew of it: its own first try must not fail its condition.
      repeat(gathered.joined());
    } else if (!request.condition().holds(gathered.joined())) {
      refuse(WriteRejections.precondition(request.condition(), gathered.joined()));
    } else {
      step(judged(Context.of(gathered.joined())));
    }
  }

  /** The past that the event replaces, after its condition held for this set. */
  private Context judged(Context judged) {
    if (request.condition() == Condition.PRESENT && given != null) {
      // That a value exists says nothing of what the writer has seen.
      return given;
    }
    if (request.condition() instanceof Condition.Matches) {
      // A writer that names a version has seen it.
      shown = judged;
    }
    return judged;
  }

  /** This write has made its event before, and this set knows it. */
  private void repeat(Siblings known) {
    if (parts.local().observe(known)) {
      again = known;
      made = first(known);
      step(Context.EMPTY);
    } else {
      refuse(WriteRejections.of(AppendRejection.STOPPED));
    }
  }

  // ---- ask

  private void ask() {
    enter(Stage.ASKING);
    parts.counters().asks++;
    parts
        .local()
        .newest(
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
              ContextQuery asks =
                  new ContextQuery(
                      parts.cluster(),
                      parts.peers(),
                      parts.deadlines(),
                      parts.hedging(),
                      target,
                      route(),
                      newest,
                      parts.local().complete(target.partition()),
                      given == null ? null : given.past(),
                      // A put that misses a hint leaves a sibling; a delete would not have deleted.
                      idempotency != null || request.content().isTombstone(),
                      idempotency,
                      parts.clock(),
                      begun + timeoutMillis * 1_000_000L,
                      heard -> contained(() -> onHeard(heard)));
              query = asks;
              asks.begin();
              parts.counters().holdersAsked += asks.holdersAsked();
            },
            why -> refuse(WriteRejections.of(why)));
  }

  private void onHeard(ContextQuery.Heard heard) {
    Past past = heard.past();
    if (heard.again() != null) {
      repeat(heard.again());
    } else if (past == null) {
      refuse(
          WriteRejections.unavailable(
              "too few replicas answered before the write was made", required(), heard.answers()));
    } else {
      decide(Context.of(past));
    }
  }

  /** The idempotency record of the event that this write has made before; null if none is known. */
  private @Nullable IdempotencyRecord first(Siblings set) {
    return idempotency == null ? null : idempotency.first(set);
  }

  // ---- step

  /**
   * Once only: the step may have to wait for the set or for a lease, and an answer that comes
   * meanwhile must not make a second event.
   */
  private void step(Context past) {
    enter(Stage.STEPPING);
    if (standsIn) {
      keepAsHint(past);
    } else {
      takeStep(past);
    }
  }

  private void keepAsHint(Context past) {
    if (!parts.hints().roomFor(request.content().valueBytes())) {
      refuseHint();
      return;
    }
    AppendRejection now = parts.hints().listed(target.partition()) ? null : parts.owner().refuses();
    if (now != null) {
      // The list of hints could not be saved either.
      refuse(WriteRejections.of(now));
    } else if (!parts.waitingBytes().add(request.content().valueBytes())) {
      refuse(WriteRejections.of(AppendRejection.QUEUE_FULL));
    } else {
      parts
          .hints()
          .list(
              target.partition(),
              listed -> {
                parts.waitingBytes().remove(request.content().valueBytes());
                if (listed) {
                  takeStep(past);
                } else {
                  refuse(WriteRejections.of(AppendRejection.STOPPED));
                }
              });
    }
  }

  private void refuseHint() {
    parts.counters().hintsRefused++;
    refuse(WriteRejections.hintsFull());
  }

  private void takeStep(Context past) {
    parts
        .owner()
        .step(
            target.key(),
            target.partition(),
            request.content().valueBytes(),
            newest -> stepOn(newest, past),
            why -> refuse(WriteRejections.of(why)));
  }

  private KeyOwner.@Nullable Change stepOn(StoredValue kept, Context past) {
    if (answered) {
      return null;
    }
    if (!target.stands()) {
      refuse(WriteRejections.ringChanged());
      return null;
    }
    if (!standsIn && !parts.local().complete(target.partition())) {
      // The step's own read has just found a loss.
      refuse(WriteRejections.incomplete());
      return null;
    }
    if (standsIn && !parts.hints().listed(target.partition())) {
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
      if (!parts.largeSets().fits(target.key(), append.set())) {
        refuse(WriteRejections.tooLargeForHeap(parts.largeSets().maxBytes()));
        return null;
      }
      if (standsIn && !parts.hints().roomFor(kept, append.set())) {
        refuseHint();
        return null;
      }
      parts.actors().made(append.event());
      return change(kept, append.set(), append.event(), append.record());
    }
    if (outcome instanceof UpdateStep.Repeat repeat) {
      made = repeat.record();
      if (standsIn && !parts.hints().roomFor(kept, repeat.set())) {
        refuseHint();
        return null;
      }
      parts.counters().repeated++;
      return change(
          kept,
          parts.local().stored(kept.set(), repeat.set()),
          repeat.record().dot(),
          repeat.record());
    }
    if (outcome instanceof UpdateStep.Reject reject) {
      made = null;
      refuse(WriteRejections.of(reject));
      return null;
    }
    AppendRejection now = parts.owner().refuses();
    if (now != null) {
      // The lease could not be saved either, and no event is made without it.
      refuse(WriteRejections.of(now));
    } else if (!parts.lease().await(request.content().valueBytes(), () -> takeStep(past))) {
      refuse(WriteRejections.of(AppendRejection.QUEUE_FULL));
    }
    return null;
  }

  @Override
  public Siblings storedWithNext(Siblings before, Siblings set) {
    return parts.local().storedWithNext(before, set);
  }

  @Override
  public long nextCounter(long floor) {
    return parts.hybridClock().next(floor, parts.clock().wallMillis());
  }

  @Override
  public Actor actor() {
    return standsIn
        ? parts.actors().presentForHints(target.partition())
        : parts.actors().present(target.partition());
  }

  /** Stores the set with the event, and sends it to the others. */
  private KeyOwner.Change change(
      StoredValue before, Siblings after, Dot event, @Nullable IdempotencyRecord record) {
    stored = after;
    dot = event;
    ActivePreferenceList route = route();
    Hint hint = Hint.NONE;
    if (standsIn) {
      UUID primary = route.primaryOf(route.self());
      Hint marked = Hint.of(primary == null ? route.node(0) : primary, parts.clock().wallMillis());
      hint = before.hint().join(before.debt()).join(marked);
    }
    byte[] encoded = SiblingsCodec.encode(after);
    StoredValue keeps = new StoredValue(after, hint, standsIn ? Hint.NONE : debt(before));
    return new KeyOwner.Change(
        keeps,
        keeps.encode(encoded),
        properties.durability(),
        () -> {
          // Not before the log took it: a rejected append has made no event.
          made = record;
          contained(() -> begin(route, encoded));
        },
        failure -> onOwnLog(failure == null));
  }

  /** The debts of this key, with those of this write that are known already. */
  private Hint debt(StoredValue before) {
    Hint owed = before.debt().none() ? before.hint() : before.debt();
    List<UUID> down = target.downWithoutFallback();
    boolean more =
        !down.isEmpty()
            && parts.debts().listed(target.partition())
            && parts.debts().roomFor(target.key());
    return more
        ? owed.join(new Hint(down, List.of(), parts.clock().wallMillis()))
        : owed.join(Hint.NONE);
  }

  // ---- spread

  private void begin(ActivePreferenceList route, byte[] encoded) {
    enter(Stage.REPLICATING);
    WriteReplication begun =
        new WriteReplication(
            parts.cluster(),
            parts.peers(),
            parts.deadlines(),
            parts.counters(),
            parts.hedging(),
            target,
            route,
            encoded,
            timeoutMillis,
            this);
    replication = begun;
    begun.begin();
  }

  private void onOwnLog(boolean took) {
    WriteReplication begun = replication;
    if (begun != null) {
      contained(() -> begun.onOwnLog(took));
    } else {
      // The log may have it, and it was sent to no other node.
      enter(Stage.REPLICATING);
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
    stage = Stage.ENDED;
  }

  /** Waits for no further replica: missing ones get a debt. */
  void giveUpTheRest() {
    if (replication != null) {
      replication.giveUp();
    }
  }

  void release() {
    if (!released) {
      released = true;
      coordinator.release(request.content().valueBytes());
      if (lingers) {
        coordinator.lingersNoMore(this);
      }
    }
  }

  @Override
  public void onMissed(List<UUID> primaries) {
    parts
        .local()
        .owe(
            target.key(),
            target.partition(),
            primaries,
            properties.durability(),
            parts.clock().wallMillis());
  }

  private Dot event() {
    Dot event = dot;
    if (event == null) {
      throw new IllegalStateException("no event was made");
    }
    return event;
  }

  private IdempotencyRecord made() {
    IdempotencyRecord mark = made;
    if (mark == null) {
      throw new IllegalStateException("no event with an idempotency record was made");
    }
    return mark;
  }

  private String context() {
    // The same at every retry, whatever the key holds by then.
    return idempotency == null
        ? parts
            .cluster()
            .contexts()
            .afterWrite(target.key(), target.properties(), stored, event(), shown)
        : parts
            .cluster()
            .contexts()
            .ofEvent(
                target.key(), target.properties(), made(), given == null ? Context.EMPTY : given);
  }

  private Rejection missed(ProblemKind kind) {
    List<String> took = replication == null ? List.of() : replication.took();
    int full = replication == null ? 0 : replication.full();
    return WriteRejections.missed(kind, took, full, required(), target.reachable());
  }

  /** How many replicas must have the write. */
  private int required() {
    return target.required(properties.w(), properties.pw());
  }

  // ---- ends

  private void onDeadline() {
    deadline = null;
    if (appended()) {
      answer(missed(ProblemKind.TIMEOUT));
      if (replication != null) {
        replication.onDeadline();
      }
    } else if (!answered) {
      refuse(
          WriteRejections.unavailable(
              "too few replicas answered within " + timeoutMillis + " ms; nothing was written",
              required(),
              target.reachable()));
    }
  }

  private void refuse(Rejection refusal) {
    // Nothing was written now; but a retry asks for the outcome of all tries.
    end(
        new WriteOutcome.Rejected(
            made == null ? refusal : refusal.withUnknownOutcome("an earlier try made the write")));
  }

  /** Ends the write before its event was made. */
  private void end(@Nullable WriteOutcome outcome) {
    stage = Stage.ENDED;
    clearDeadline();
    if (query != null) {
      query.abandon();
    }
    if (!answered) {
      finish(outcome);
    }
  }

  private void answer(Rejection refusal) {
    if (!answered) {
      finish(new WriteOutcome.Rejected(refusal));
    }
  }

  private void finish(@Nullable WriteOutcome outcome) {
    answered = true;
    if (alone != null) {
      coordinator.ends(alone);
    }
    if (replication == null) {
      release();
    } else if (!released) {
      lingers = true;
      coordinator.lingers(this);
    }
    if (outcome != null) {
      done.accept(outcome);
    }
  }

  private void clearDeadline() {
    if (deadline != null) {
      parts.deadlines().clear(deadline);
      deadline = null;
    }
  }

  private long remainingNanos() {
    return Math.max(1, timeoutMillis * 1_000_000L - (parts.clock().nanoTime() - begun));
  }
}
