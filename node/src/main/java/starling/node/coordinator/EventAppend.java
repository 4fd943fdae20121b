package starling.node.coordinator;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.quorum.UpdateStep;
import starling.node.replica.Hint;
import starling.node.replica.KeyOwner;
import starling.node.replica.StoredValue;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.node.storage.AppendRejection;
import starling.node.version.Actor;
import starling.node.version.Context;
import starling.node.version.Dot;
import starling.node.version.IdempotencyKey;
import starling.node.version.IdempotencyRecord;
import starling.node.version.Siblings;
import starling.node.version.SiblingsCodec;

/**
 * The event of one write: whether an earlier try made it, and the step of the key's owner that
 * makes and appends it. Carries out {@link UpdateStep}.
 *
 * <ol>
 *   <li>The step runs again after it has waited for a lease of the clock, or for the list of hints;
 *       it appends once.
 *   <li>A fallback stores the set as a hint, with an actor of its own for hints, and only in a
 *       partition that its list of hints names durably.
 *   <li>A rejected append has made no event, and nothing was sent to another node.
 * </ol>
 */
final class EventAppend implements UpdateStep.Sources {
  /** The write. */
  interface Listener {
    /** Whether the write was answered, and must make no event any more. */
    boolean ended();

    /** There is no event of this try. */
    void onRejected(Rejection rejection);

    /** The log has accepted the event; its outcome follows. */
    void onAppended(ActivePreferenceList nodes, byte[] encoded);

    /** The set is durable as asked in this node's log, or the log has failed. */
    void onOwnLog(boolean stored);
  }

  private final WriteParts parts;
  private final PlannedWrite write;
  private final Listener listener;

  /** A set of other nodes with an event that an earlier try made; empty if none was found. */
  private Siblings earlier = Siblings.EMPTY;

  /** The record of the event, made now or by an earlier try; null while none is known. */
  private @Nullable IdempotencyRecord record;

  private Siblings stored = Siblings.EMPTY;
  private @Nullable Dot dot;

  EventAppend(WriteParts parts, PlannedWrite write, Listener listener) {
    this.parts = parts;
    this.write = write;
    this.listener = listener;
  }

  /** Whether an earlier try made the event, as far as this node's own newest set tells. */
  boolean foundIn(Siblings newest) {
    record = write.recordIn(newest);
    return record != null;
  }

  /**
   * An earlier try made the event, which other nodes have in this set. Returns false if this node's
   * log has failed.
   */
  boolean adopt(Siblings known) {
    if (!parts.local().observe(known)) {
      return false;
    }
    earlier = known;
    record = write.recordIn(known);
    return true;
  }

  /** Whether an earlier try made the event: then no rejection says that nothing was written. */
  boolean madeEarlier() {
    return record != null;
  }

  /** Makes and appends the event that replaces this past. */
  void begin(Context past) {
    if (write.asFallback()) {
      listHints(past);
    } else {
      step(past);
    }
  }

  private void listHints(Context past) {
    if (!parts.hints().roomFor(write.valueBytes())) {
      rejectHint();
      return;
    }
    AppendRejection now = parts.hints().listed(write.partition()) ? null : parts.owner().refuses();
    if (now != null) {
      // The list of hints could not be saved either.
      listener.onRejected(WriteRejections.of(now));
    } else if (!parts.waitingBytes().add(write.valueBytes())) {
      listener.onRejected(WriteRejections.of(AppendRejection.QUEUE_FULL));
    } else {
      parts
          .hints()
          .list(
              write.partition(),
              listed -> {
                parts.waitingBytes().remove(write.valueBytes());
                if (listed) {
                  step(past);
                } else {
                  listener.onRejected(WriteRejections.of(AppendRejection.STOPPED));
                }
              });
    }
  }

  private void rejectHint() {
    parts.counters().hintsRejected++;
    listener.onRejected(WriteRejections.hintsFull());
  }

  private void step(Context past) {
    parts
        .owner()
        .step(
            write.key(),
            write.partition(),
            write.valueBytes(),
            newest -> change(newest, past),
            why -> listener.onRejected(WriteRejections.of(why)));
  }

  private KeyOwner.@Nullable Change change(StoredValue newest, Context past) {
    if (listener.ended()) {
      return null;
    }
    if (!write.plan().stands()) {
      listener.onRejected(WriteRejections.ringChanged());
      return null;
    }
    if (!write.asFallback() && !parts.local().complete(write.partition())) {
      // The step's own read has just found a loss.
      listener.onRejected(WriteRejections.incomplete());
      return null;
    }
    if (write.asFallback() && !parts.hints().listed(write.partition())) {
      listHints(past);
      return null;
    }
    UpdateStep.Outcome outcome =
        UpdateStep.of(
            newest.set(),
            earlier,
            past,
            write.request().content(),
            write.properties().conflict(),
            write.idempotency(),
            record,
            this);
    if (outcome instanceof UpdateStep.Append append) {
      return onAppend(newest, append);
    }
    if (outcome instanceof UpdateStep.Repeat repeat) {
      return onRepeat(newest, repeat);
    }
    if (outcome instanceof UpdateStep.Reject reject) {
      record = null;
      listener.onRejected(WriteRejections.of(reject));
      return null;
    }
    awaitLease(past);
    return null;
  }

  private KeyOwner.@Nullable Change onAppend(StoredValue newest, UpdateStep.Append append) {
    if (!parts.largeSets().fits(write.key(), append.set())) {
      listener.onRejected(WriteRejections.tooLargeForHeap(parts.largeSets().maxBytes()));
      return null;
    }
    if (!roomForHint(newest, append.set())) {
      return null;
    }
    parts.actors().made(append.event());
    return store(newest, append.set(), append.event(), append.record());
  }

  private KeyOwner.@Nullable Change onRepeat(StoredValue newest, UpdateStep.Repeat repeat) {
    record = repeat.record();
    if (!roomForHint(newest, repeat.set())) {
      return null;
    }
    parts.counters().repeated++;
    Siblings set = parts.local().stored(newest.set(), repeat.set());
    return store(newest, set, repeat.record().dot(), repeat.record());
  }

  private boolean roomForHint(StoredValue newest, Siblings after) {
    if (write.asFallback() && !parts.hints().roomFor(newest, after)) {
      rejectHint();
      return false;
    }
    return true;
  }

  private void awaitLease(Context past) {
    AppendRejection now = parts.owner().refuses();
    if (now != null) {
      // The lease could not be saved either, and no event is made without it.
      listener.onRejected(WriteRejections.of(now));
    } else if (!parts.lease().await(write.valueBytes(), () -> step(past))) {
      listener.onRejected(WriteRejections.of(AppendRejection.QUEUE_FULL));
    }
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
    return write.asFallback()
        ? parts.actors().presentForHints(write.partition())
        : parts.actors().present(write.partition());
  }

  /** The change that stores the set with the event. */
  private KeyOwner.Change store(
      StoredValue before, Siblings after, Dot event, @Nullable IdempotencyRecord made) {
    stored = after;
    dot = event;
    ActivePreferenceList nodes = write.nodes(parts.cluster());
    byte[] encoded = SiblingsCodec.encode(after);
    StoredValue value =
        write.asFallback()
            ? new StoredValue(after, hint(before, nodes), Hint.NONE)
            : new StoredValue(after, Hint.NONE, debt(before));
    return new KeyOwner.Change(
        value,
        value.encode(encoded),
        write.properties().durability(),
        () -> {
          // Not before the log took it: a rejected append has made no event.
          record = made;
          listener.onAppended(nodes, encoded);
        },
        failure -> listener.onOwnLog(failure == null));
  }

  private Hint hint(StoredValue before, ActivePreferenceList nodes) {
    UUID primary = nodes.primaryOf(nodes.self());
    Hint marked = Hint.of(primary == null ? nodes.node(0) : primary, parts.clock().wallMillis());
    return before.hint().join(before.debt()).join(marked);
  }

  /** The debts of this key, with those of this write that are known already. */
  private Hint debt(StoredValue before) {
    Hint owed = before.debt().none() ? before.hint() : before.debt();
    List<UUID> down = write.plan().downWithoutFallback();
    boolean more =
        !down.isEmpty()
            && parts.debts().listed(write.partition())
            && parts.debts().roomFor(write.key());
    return more
        ? owed.join(new Hint(down, List.of(), parts.clock().wallMillis()))
        : owed.join(Hint.NONE);
  }

  /**
   * The outcome of the write, once enough replicas have its event.
   *
   * @param seen what the writer had seen of the key
   */
  WriteOutcome.Written written(Context seen) {
    Dot event = dot;
    if (event == null) {
      throw new IllegalStateException("no event was made");
    }
    return WriteOutcome.Written.of(context(event, seen), stored, event);
  }

  private String context(Dot event, Context seen) {
    ReplicaPlan plan = write.plan();
    IdempotencyKey idempotency = write.idempotency();
    if (idempotency == null) {
      return parts
          .cluster()
          .contexts()
          .afterWrite(plan.key(), plan.properties(), stored, event, seen);
    }
    IdempotencyRecord made = record;
    if (made == null) {
      throw new IllegalStateException("no event with an idempotency record was made");
    }
    // The same at every retry, whatever the key holds by then.
    Context given = write.given();
    return parts
        .cluster()
        .contexts()
        .ofEvent(plan.key(), plan.properties(), made, given == null ? Context.EMPTY : given);
  }
}
