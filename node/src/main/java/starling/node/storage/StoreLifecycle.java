package starling.node.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether the store is open, has failed, or closes. Owned by one thread.
 *
 * <ol>
 *   <li>The first failure is final: everything that waits ends with it; reads of completed records
 *       go on.
 *   <li>A closing store accepts nothing, and is closed once its parts are idle. After a failure no
 *       write is awaited, only running maintenance.
 * </ol>
 */
final class StoreLifecycle {
  private final StorageExecutors executors;
  private final StorageListener listener;
  private final LogWriter log;
  private final LiveIndex index;
  private final GroupCommit commits;
  private final MetadataQueue metadata;
  private final AppendPath appends;
  private final ReadPath reads;
  private final Maintenance maintenance;
  private @Nullable StorageFailure failure;
  private @Nullable Runnable closing;
  private boolean finished;

  StoreLifecycle(
      StorageExecutors executors,
      StorageListener listener,
      LogWriter log,
      LiveIndex index,
      GroupCommit commits,
      MetadataQueue metadata,
      AppendPath appends,
      ReadPath reads,
      Maintenance maintenance) {
    this.executors = executors;
    this.listener = listener;
    this.log = log;
    this.index = index;
    this.commits = commits;
    this.metadata = metadata;
    this.appends = appends;
    this.reads = reads;
    this.maintenance = maintenance;
  }

  @Nullable StorageFailure failure() {
    return failure;
  }

  /** Why nothing is accepted any more; null while the store is open. */
  @Nullable StorageFailure whyStopped() {
    if (failure != null) {
      return failure;
    }
    return closing == null ? null : new StorageFailure("the store is closing");
  }

  void fail(StorageFailure reason) {
    if (failure == null) {
      failure = reason;
      // If one of them throws, the others still run.
      List<Completion> all =
          List.of(
              told -> listener.failed(reason),
              told -> commits.fail(reason),
              told -> appends.synced(reason),
              told -> metadata.fail(reason),
              told -> maintenance.stop(reason));
      try {
        Completion.all(all, reason);
      } finally {
        finishIfIdle();
      }
      return;
    }
    finishIfIdle();
  }

  void close(Runnable done) {
    if (closing != null) {
      throw new IllegalStateException("the store was closed before");
    }
    closing = done;
    commits.close();
    maintenance.close();
    finishIfIdle();
  }

  /** A part of the store may be idle now: a closing store ends with the last of them. */
  void finishIfIdle() {
    Runnable done = closing;
    boolean idle = failure != null || (commits.idle() && metadata.idle());
    if (done == null || finished || !idle || !maintenance.idle()) {
      return;
    }
    finished = true;
    reads.finish();
    ShutdownState last = commits.life();
    executors
        .writer()
        .execute(
            () -> {
              StorageFailure reason = log.finish(last);
              executors.owner().execute(() -> closed(reason, done));
            });
  }

  private void closed(@Nullable StorageFailure reason, Runnable done) {
    if (reason != null && failure == null) {
      failure = reason;
      listener.failed(reason);
    }
    index.runs.closeAll();
    index.segments.all().forEach(entry -> entry.segment.letGo());
    done.run();
  }
}
