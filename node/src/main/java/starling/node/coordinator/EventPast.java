package starling.node.coordinator;

import org.jspecify.annotations.Nullable;
import starling.node.quorum.ReadCoordination.Progress;
import starling.node.request.BucketProperties.Conflict;
import starling.node.request.Condition;
import starling.node.request.Rejection;
import starling.node.request.WriteRequest;
import starling.node.storage.AppendRejection;
import starling.node.version.Context;
import starling.node.version.Past;
import starling.node.version.Siblings;

/**
 * The past that the event of one write replaces. It is fixed before the event's dot exists.
 *
 * <ol>
 *   <li>A conditional write replaces exactly the join of enough primaries for which its condition
 *       held, unless the condition is only that a value exists and the write has a context.
 *   <li>Another write with a context replaces what the context covers.
 *   <li>A write without one, and every write where the last writer wins, replaces the past of a
 *       quorum ({@link ContextQuery}).
 *   <li>A write with an idempotency key first asks a quorum whether an earlier try made its event.
 *       Then the past is empty, and no event is made again.
 *   <li>A first attempt may itself arrive after its retry, and after writes that replaced the
 *       retry's event. With a context it asks nothing: its event is a twin of the retry's, and
 *       hidden with it. Whatever it would find and replace may be such a write, which need not
 *       carry the retry's record. So a query for a past asks like that of a retry, and a condition
 *       is judged at once only if no hint is known that may have the record.
 * </ol>
 */
final class EventPast {
  /** The write. */
  interface Listener {
    /** Whether the write was answered. */
    boolean ended();

    void enter(WriteStage stage);

    /** Runs a callback of another node's answer; an error in it ends the write. */
    void contained(Runnable part);

    /** The past is not known, or the condition does not hold. */
    void onRejected(Rejection rejection);

    /** The past is fixed. */
    void onPast(Context replaced);
  }

  private final WriteParts parts;
  private final PlannedWrite write;
  private final EventAppend event;
  private final Listener listener;
  private @Nullable ContextQuery query;
  private Context seen;

  EventPast(WriteParts parts, PlannedWrite write, EventAppend event, Listener listener) {
    this.parts = parts;
    this.write = write;
    this.event = event;
    this.listener = listener;
    Context given = write.given();
    this.seen = given == null ? Context.EMPTY : given;
  }

  /** What the writer has seen of the key. */
  Context seen() {
    return seen;
  }

  void begin() {
    if (asksFirst()) {
      ask();
    } else {
      decide(null);
    }
  }

  private boolean asksFirst() {
    WriteRequest request = write.request();
    boolean judgesHints =
        request.condition() != Condition.NONE
            && !parts.cluster().hintHolders(write.partition()).isEmpty();
    return request.idempotency() != null && (!request.firstAttempt() || judgesHints);
  }

  /** Stops; the listener is not called any more. */
  void abandon() {
    if (query != null) {
      query.abandon();
    }
  }

  /**
   * Continues when this write has surely made no event yet.
   *
   * @param heard the past of a quorum, if it was asked already
   */
  private void decide(@Nullable Context heard) {
    Context given = write.given();
    if (write.request().condition() != Condition.NONE) {
      judge();
    } else if (given != null && write.properties().conflict() != Conflict.LWW) {
      listener.onPast(given);
    } else if (heard != null) {
      listener.onPast(heard);
    } else {
      ask();
    }
  }

  // ---- judge

  private void judge() {
    listener.enter(WriteStage.JUDGING);
    int required =
        Condition.primaries(write.properties(), parts.cluster().bucket(write.key().bucket()));
    long remainingNanos = write.deadlineNanos() - parts.clock().nanoTime();
    parts
        .reads()
        .gatherPrimaries(
            write.plan(),
            required,
            Math.max(1, remainingNanos),
            gathered -> listener.contained(() -> onGathered(gathered, required)));
  }

  private void onGathered(ReadCoordinator.Gathered gathered, int required) {
    if (listener.ended()) {
      return;
    }
    Siblings joined = gathered.joined();
    Condition condition = write.request().condition();
    if (gathered.progress() != Progress.ENOUGH) {
      listener.onRejected(WriteRejections.beforeEvent(write.plan().missed(gathered, required)));
    } else if (write.recordIn(joined) != null) {
      // No node that answered in time knew of it: its own first try must not fail its condition.
      repeat(joined);
    } else if (!condition.holds(joined)) {
      listener.onRejected(WriteRejections.precondition(condition, joined).with(present(joined)));
    } else {
      listener.onPast(judged(condition, Context.of(joined)));
    }
  }

  /** What failed the condition, so that a client can try again without a read. */
  private Rejection.@Nullable Present present(Siblings judged) {
    boolean empty = judged.values().isEmpty();
    if (empty && !judged.deleted()) {
      return null;
    }
    String context = parts.cluster().contexts().ofRead(write.key(), write.properties(), judged);
    return new Rejection.Present(empty ? null : judged.hash(), judged.values().size() > 1, context);
  }

  /** The past that the event replaces, after its condition held for this set. */
  private Context judged(Condition condition, Context judged) {
    Context given = write.given();
    if (condition == Condition.PRESENT && given != null) {
      // That a value exists says nothing of what the writer has seen.
      return given;
    }
    if (condition instanceof Condition.Matches) {
      // A writer that names a version has seen it.
      seen = judged;
    }
    return judged;
  }

  // ---- ask

  private void ask() {
    listener.enter(WriteStage.ASKING);
    parts.counters().asks++;
    parts
        .local()
        .newest(
            write.key(),
            write.partition(),
            this::onNewest,
            why -> listener.onRejected(WriteRejections.of(why)));
  }

  private void onNewest(Siblings newest) {
    if (listener.ended()) {
      return;
    }
    if (event.foundIn(newest)) {
      listener.onPast(Context.EMPTY);
      return;
    }
    ContextQuery asks =
        new ContextQuery(parts, write, newest, heard -> listener.contained(() -> onHeard(heard)));
    query = asks;
    asks.begin();
    parts.counters().holdersAsked += asks.holdersAsked();
  }

  private void onHeard(ContextQuery.Heard heard) {
    Past past = heard.past();
    if (heard.again() != null) {
      repeat(heard.again());
    } else if (past == null) {
      listener.onRejected(
          WriteRejections.unavailable(
              "too few replicas answered before the write was made",
              write.required(),
              heard.answers()));
    } else {
      decide(Context.of(past));
    }
  }

  /** An earlier try of this write made its event, and this set knows it. */
  private void repeat(Siblings known) {
    if (event.adopt(known)) {
      listener.onPast(Context.EMPTY);
    } else {
      listener.onRejected(WriteRejections.of(AppendRejection.STOPPED));
    }
  }
}
