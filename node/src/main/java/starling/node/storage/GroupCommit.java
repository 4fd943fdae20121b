package starling.node.storage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;
import starling.node.port.Timers;
import starling.node.port.TransientDiskException;

/**
 * The owner's side of group commit: accepts records, gives them to the writer thread in groups, and
 * reports them when they are as durable as they asked for.
 *
 * <p>1. The writer thread has one group at a time. Records that arrive meanwhile gather in the next
 * group, so the fsync itself forms the groups, and completions come in append order over all keys:
 * a write that does not wait for its fsync never overtakes a write of the same key that does. 2. An
 * accepted record is written, even if the disk accepts nothing for a long time, or the store fails.
 * 3. The first failure is final.
 */
final class GroupCommit {
  /** Told of records that were written. */
  interface Listener {
    /** The group's records are as durable as they asked for; to be completed in order. */
    void written(WriteGroup group);

    /** A segment was sealed before the group's records were written to the next. */
    void sealed(Segment segment, long end);

    /** The disk cannot accept a write for the moment, or can again. */
    void stalled(@Nullable TransientDiskException reason);

    void failed(StorageFailure reason);
  }

  /** Maximum of records in a group; its bytes are bounded by the write buffer. */
  private static final int MAX_RECORDS = 1024;

  private final StorageConfig config;
  private final LogWriter log;
  private final Executor writer;
  private final Executor owner;
  private final Timers timers;
  private final Listener listener;

  private ShutdownState life;

  /** The shutdown state changed and must be durable before the gathering group is acknowledged. */
  private boolean lifeDue;

  /** Groups that wait for the writer thread, oldest first; new records join the last. */
  private final ArrayDeque<WriteGroup> gathering = new ArrayDeque<>();

  private final ArrayDeque<WriteGroup> spares = new ArrayDeque<>();
  private boolean underWay;
  private boolean dispatchAsked;
  private @Nullable TransientDiskException stalled;
  private final RetryPause pause = new RetryPause();
  private int queuedRecords;
  private long queuedBytes;
  private long refused;
  private long groups;

  /** The timer is set that fsyncs acknowledged records. */
  private boolean syncAsked;

  private boolean forceDue;
  private boolean unsynced;

  private boolean idleAsked;
  private boolean markUseful;
  private long groupsWhenIdleAsked;
  private boolean closing;
  private @Nullable StorageFailure failure;

  GroupCommit(
      StorageConfig config,
      LogWriter log,
      Executor writer,
      Executor owner,
      Timers timers,
      ShutdownState life,
      Listener listener) {
    this.config = config;
    this.log = log;
    this.writer = writer;
    this.owner = owner;
    this.timers = timers;
    this.life = life;
    this.listener = listener;
  }

  /** Accepts a record, or answers why not. */
  @Nullable AppendRejection add(WriteGroup.Append append, Durability durability) {
    if (failure != null || closing) {
      return AppendRejection.STOPPED;
    }
    // A record longer than the queue does not wait for an empty queue, which may never come.
    long before =
        append.length > config.queueBytes() ? 2 * queuedBytes : queuedBytes + append.length;
    if (queuedRecords >= config.queueRecords()
        || (queuedRecords > 0 && before > config.queueBytes())) {
      refused++;
      return stalled == null ? AppendRejection.QUEUE_FULL : AppendRejection.of(stalled);
    }
    queuedRecords++;
    queuedBytes += append.length;
    WriteGroup group = gathering();
    group.bytes += append.length;
    group.appends.add(append);
    if (durability == Durability.SYNCED) {
      group.force = true;
    } else if (!life.acknowledgedUnsynced()) {
      life = life.withAcknowledgedUnsynced();
      lifeDue = true;
    }
    askDispatch();
    return null;
  }

  /** Asks for an fsync of all acknowledged records. */
  void forceSoon() {
    if (unsynced || underWay) {
      forceDue = true;
      askDispatch();
    }
  }

  /** Whether a completed record may not be durable yet. */
  boolean unsynced() {
    return unsynced;
  }

  /** Asks the writer thread to seal the segment before records that arrive from now on. */
  void roll() {
    WriteGroup group = spares.isEmpty() ? new WriteGroup() : spares.poll();
    group.roll = true;
    gathering.add(group);
    askDispatch();
  }

  /** The group that new records join. */
  private WriteGroup gathering() {
    WriteGroup last = gathering.peekLast();
    if (last != null
        && last.bytes < config.writeBufferBytes()
        && last.appends.size() < MAX_RECORDS) {
      return last;
    }
    WriteGroup spare = spares.poll();
    WriteGroup begun = spare == null ? new WriteGroup() : spare;
    gathering.add(begun);
    return begun;
  }

  ShutdownState life() {
    return life;
  }

  /** Changes the shutdown state; it is written with the next group, or by a save. */
  void life(ShutdownState changed) {
    life = changed;
  }

  int queuedRecords() {
    return queuedRecords;
  }

  long queuedBytes() {
    return queuedBytes;
  }

  long refused() {
    return refused;
  }

  boolean idle() {
    return !underWay && gathering.isEmpty();
  }

  void close() {
    closing = true;
  }

  void fail(StorageFailure reason) {
    if (failure == null) {
      failure = reason;
    }
    if (!underWay) {
      completeFailed(null);
    }
  }

  /** Dispatches the group after the owner's present turn, so that all its records gather. */
  private void askDispatch() {
    if (!underWay && !dispatchAsked) {
      dispatchAsked = true;
      owner.execute(this::dispatch);
    }
  }

  private void dispatch() {
    dispatchAsked = false;
    if (underWay || failure != null) {
      return;
    }
    if (forceDue && unsynced) {
      gathering().force = true;
    }
    forceDue = false;
    WriteGroup group = gathering.poll();
    if (group == null) {
      return;
    }
    if (lifeDue) {
      // Encoded only now, so that a later write never holds older state.
      group.life = life.encode();
      lifeDue = false;
    }
    underWay = true;
    write(group);
  }

  private void write(WriteGroup group) {
    try {
      writer.execute(
          () -> {
            log.write(group);
            owner.execute(() -> written(group));
          });
    } catch (RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      group.failure =
          new StorageFailure(
              "the log writer thread did not accept a write group; restart the node: " + e);
      owner.execute(() -> written(group));
    }
  }

  private void written(WriteGroup group) {
    Segment sealed = group.sealed;
    if (sealed != null) {
      try {
        listener.sealed(sealed, group.sealedEnd);
      } catch (RuntimeException | Error e) {
        OutOfMemory.endsProcess(e);
        group.failure =
            new StorageFailure("recording the end of a segment failed; restart the node: " + e);
      }
      group.sealed = null;
    }
    if (group.failure != null || failure != null) {
      StorageFailure reason = failure == null ? group.failure : failure;
      underWay = false;
      boolean first = failure == null;
      failure = reason;
      try {
        if (first && reason != null) {
          listener.failed(reason);
        }
      } finally {
        completeFailed(group);
      }
      return;
    }
    if (group.stalled != null) {
      stalled = group.stalled;
      listener.stalled(stalled);
      group.stalled = null;
      timers.after(pause.next(), () -> write(group));
      return;
    }
    if (stalled != null) {
      stalled = null;
      pause.reset();
      listener.stalled(null);
    }
    underWay = false;
    groups++;
    unsynced = !group.allDurable;
    markUseful = group.markUseful;
    if (!gathering.isEmpty() || forceDue) {
      dispatch();
    }
    for (int i = 0; i < group.appends.size(); i++) {
      queuedRecords--;
      queuedBytes -= group.appends.get(i).takenBytes;
    }
    try {
      listener.written(group);
    } finally {
      group.reset();
      spares.add(group);
      if (unsynced) {
        askSync();
      }
      askIdleMark();
    }
  }

  private void completeFailed(@Nullable WriteGroup group) {
    StorageFailure reason = failure;
    List<WriteGroup.Append> failed = new ArrayList<>(group == null ? List.of() : group.appends);
    gathering.forEach(each -> failed.addAll(each.appends));
    gathering.clear();
    List<Completion> waiting = new ArrayList<>();
    for (WriteGroup.Append append : failed) {
      queuedRecords--;
      queuedBytes -= append.takenBytes;
      waiting.add(append.done);
    }
    Completion.all(waiting, reason);
  }

  private void askSync() {
    if (!syncAsked) {
      syncAsked = true;
      timers.after(
          config.replicatedSyncNanos(),
          () -> {
            syncAsked = false;
            if (unsynced || underWay) {
              forceDue = true;
              askDispatch();
            }
          });
    }
  }

  private void askIdleMark() {
    if (!idleAsked && markUseful) {
      idleAsked = true;
      groupsWhenIdleAsked = groups;
      timers.after(
          config.idleMarkNanos(),
          () -> {
            idleAsked = false;
            if (underWay || groups != groupsWhenIdleAsked) {
              askIdleMark();
            } else if (!closing) {
              gathering().markOnly = true;
              askDispatch();
            }
          });
    }
  }
}
