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
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.node.version.Context;
import starling.node.version.IdempotencyKey;
import starling.wire.ProblemKind;

/**
 * One write, from its admission to the last replica. It goes through at most four stages of work
 * ({@link WriteStage}):
 *
 * <ol>
 *   <li><em>judge</em>, for a conditional write, and
 *   <li><em>ask</em>, for a write without a context, for last-writer-wins and for a retry: they fix
 *       the past of the event before its dot exists ({@link EventPast});
 *   <li><em>step</em>: one step of the key's owner merges the past into the newest set, draws the
 *       dot and appends; if the append is rejected, nothing was sent to another node ({@link
 *       EventAppend});
 *   <li><em>replicate</em>: the whole set goes to the other primaries at once, and to fallbacks for
 *       those that are down; the write is acknowledged when enough distinct nodes hold it with the
 *       requested durability, and continues in the background ({@link WriteReplication}).
 * </ol>
 *
 * <p>A complete primary coordinates. If none answers a fallback does: it makes its event with its
 * actor for hints, and stores the set as a hint. Until the step, giving up means surely not
 * written; from then on it means unknown.
 */
final class WriteOperation
    implements Pending, EventPast.Listener, EventAppend.Listener, WriteReplication.Listener {
  private static final Logger log = LoggerFactory.getLogger(WriteOperation.class);

  private final WriteParts parts;
  private final WriteCoordinator coordinator;
  private final PlannedWrite write;
  private final Consumer<WriteOutcome> done;
  private final EventAppend event;
  private final EventPast past;
  private WriteCoordinator.@Nullable Running alone;
  private boolean answered;
  private boolean released;
  private boolean lingers;

  /** Its neighbours among the writes that were answered and wait for their last replicas. */
  @Nullable WriteOperation older;

  @Nullable WriteOperation newer;

  private WriteStage stage = WriteStage.NEW;
  private DeadlineWheel.@Nullable Deadline deadline;
  private @Nullable WriteReplication replication;

  /**
   * @param done called once with the outcome
   */
  WriteOperation(
      WriteParts parts,
      WriteCoordinator coordinator,
      PlannedWrite write,
      Consumer<WriteOutcome> done) {
    this.parts = parts;
    this.coordinator = coordinator;
    this.write = write;
    this.done = done;
    this.event = new EventAppend(parts, write, this);
    this.past = new EventPast(parts, write, event, this);
  }

  void begin() {
    IdempotencyKey idempotency = write.idempotency();
    if (idempotency != null) {
      alone = coordinator.begins(write.key(), idempotency);
      if (alone == null) {
        reject(WriteRejections.stillRunning());
        return;
      }
    }
    deadline =
        parts
            .deadlines()
            .set(write.timeoutMillis() * 1_000_000L, () -> contained(this::onDeadline));
    if (write.asFallback()) {
      parts.counters().coordinatedByFallback++;
    }
    past.begin();
  }

  /** An error ends this write, at once and with the outcome known so far. */
  @Override
  public void contained(Runnable part) {
    try {
      part.run();
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      log.error("request {}: an error ended the write", write.request().requestId(), e);
      fail();
    }
  }

  /** A stage that does not follow is a bug; an event must not be made twice for it. */
  @Override
  public void enter(WriteStage next) {
    if (!next.mayFollow(stage)) {
      throw new IllegalStateException("a write that is " + stage + " cannot become " + next);
    }
    stage = next;
  }

  /** Whether the log has accepted the event: from then on it may appear. */
  private boolean appended() {
    return replication != null || stage == WriteStage.REPLICATING;
  }

  private void fail() {
    if (appended()) {
      answer(Rejection.perhaps(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE));
    } else {
      reject(Rejection.of(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE));
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

  // ---- past and event

  /**
   * Once only: the step may have to wait for the set or for a lease, and an answer that comes
   * meanwhile must not make a second event.
   */
  @Override
  public void onPast(Context replaced) {
    enter(WriteStage.STEPPING);
    event.begin(replaced);
  }

  @Override
  public void onRejected(Rejection rejection) {
    reject(rejection);
  }

  @Override
  public void onAppended(ActivePreferenceList nodes, byte[] encoded) {
    contained(() -> replicate(nodes, encoded));
  }

  // ---- replication

  private void replicate(ActivePreferenceList nodes, byte[] encoded) {
    enter(WriteStage.REPLICATING);
    WriteReplication begun = new WriteReplication(parts, write, nodes, encoded, this);
    replication = begun;
    begun.begin();
  }

  @Override
  public void onOwnLog(boolean stored) {
    WriteReplication begun = replication;
    if (begun != null) {
      contained(() -> begun.onOwnLog(stored));
    } else {
      // The log may have it, and it was sent to no other node.
      enter(WriteStage.REPLICATING);
      fail();
    }
  }

  @Override
  public void onEnough() {
    if (!answered) {
      finish(event.written(past.seen()));
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
    stage = WriteStage.ENDED;
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
      coordinator.release(write.valueBytes());
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
            write.key(),
            write.partition(),
            primaries,
            write.properties().durability(),
            parts.clock().wallMillis());
  }

  private Rejection missed(ProblemKind kind) {
    List<String> took = replication == null ? List.of() : replication.took();
    int full = replication == null ? 0 : replication.full();
    return WriteRejections.missed(kind, took, full, write.required(), write.plan().reachable());
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
      reject(
          WriteRejections.unavailable(
              "too few replicas answered within "
                  + write.timeoutMillis()
                  + " ms; nothing was written",
              write.required(),
              write.plan().reachable()));
    }
  }

  private void reject(Rejection rejection) {
    // Nothing was written now; but a retry asks for the outcome of all tries.
    end(
        new WriteOutcome.Rejected(
            event.madeEarlier()
                ? rejection.withUnknownOutcome("an earlier try made the write")
                : rejection));
  }

  /** Ends the write before its event was made. */
  private void end(@Nullable WriteOutcome outcome) {
    stage = WriteStage.ENDED;
    clearDeadline();
    past.abandon();
    if (!answered) {
      finish(outcome);
    }
  }

  private void answer(Rejection rejection) {
    if (!answered) {
      finish(new WriteOutcome.Rejected(rejection));
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
}
