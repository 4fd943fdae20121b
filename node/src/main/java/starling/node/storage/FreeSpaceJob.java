package starling.node.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.storage.index.Run;

/**
 * Deletes or recycles the files that no durable manifest names, prepares a spare segment, and
 * watches the free space of the disk. Only this job deletes files.
 */
final class FreeSpaceJob implements MaintenanceJob {
  private static final String RECYCLE = "recycling files";
  private static final String PREPARE = "preparing a segment";

  private final MaintenanceContext context;
  private final SegmentPool pool;
  private final FreeSpace room;
  private final List<Run> releasedRuns = new ArrayList<>();
  private final List<Released> releasedSegments = new ArrayList<>();
  private boolean lookAsked;
  private boolean grownSinceLook;

  /**
   * @param read a read of the segment has not ended
   */
  private record Released(Segment segment, boolean read) {}

  FreeSpaceJob(MaintenanceContext context, SegmentPool pool) {
    this.context = context;
    this.pool = pool;
    StorageConfig config = context.config();
    this.room = new FreeSpace(config.reserveBytes(), config.segmentBytes());
  }

  /** Whether there is too little free space for appends. */
  boolean full() {
    return room.full();
  }

  /** No durable manifest names these runs. */
  void release(List<Run> runs) {
    releasedRuns.addAll(runs);
  }

  /** No durable manifest names this segment. */
  void release(Segment segment) {
    releasedSegments.add(new Released(segment, !segment.letGo()));
  }

  /** Whether segments that no manifest names still have files. */
  boolean holdsSegments() {
    return !releasedSegments.isEmpty();
  }

  @Override
  public boolean due() {
    return recycleDue() || (pool.wantsSpare() && !room.full());
  }

  private boolean recycleDue() {
    return !releasedRuns.isEmpty() || !releasedSegments.isEmpty();
  }

  @Override
  public void begin() {
    if (recycleDue()) {
      recycle();
    } else {
      prepare();
    }
  }

  private void recycle() {
    List<Run> runs = List.copyOf(releasedRuns);
    releasedRuns.clear();
    List<Released> segments = List.copyOf(releasedSegments);
    context.run(
        this,
        RECYCLE,
        () -> {
          runs.forEach(run -> run.letGoAndDelete(context.disk()));
          for (Released each : segments) {
            pool.recycle(each.segment, each.read);
          }
          return true;
        },
        done -> {
          releasedSegments.removeAll(segments);
          context.next().run();
        });
  }

  private void prepare() {
    context.run(
        this,
        PREPARE,
        () -> {
          pool.prepare();
          return true;
        },
        done -> context.next().run());
  }

  // ---- free space

  /** The log grew. */
  void logged() {
    grownSinceLook = true;
    askLook();
  }

  /** The log waits for free space, or no longer. */
  void logWaits(@Nullable String reason) {
    if (room.stalled(reason != null)) {
      context
          .listener()
          .roomChanged(
              room.full(), reason == null ? "the disk has enough free space again" : reason);
    }
    askLook();
  }

  /** A write other than the log's found the disk full. */
  void diskFull(String reason) {
    if (room.noted()) {
      context.listener().roomChanged(true, reason);
    }
    askLook();
  }

  private void askLook() {
    if (lookAsked || (context.config().reserveBytes() == 0 && !room.full())) {
      return;
    }
    lookAsked = true;
    context.after(
        room.full() ? JobFailures.RETRY_NANOS : context.config().roomNanos(),
        () -> {
          lookAsked = false;
          look();
        });
  }

  private void look() {
    if (context.jobs().ended()) {
      return;
    }
    context
        .executors()
        .background()
        .execute(
            () -> {
              long usable = usableBytes();
              context.executors().owner().execute(() -> seen(usable));
            });
  }

  private long usableBytes() {
    try {
      return context.disk().usableBytes();
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  private void seen(long usable) {
    if (room.seen(usable)) {
      context
          .listener()
          .roomChanged(
              room.full(),
              room.full()
                  ? usable + " bytes are free on the disk, fewer than the reserve"
                  : "the disk has enough free space again");
    }
    if (room.full() || grownSinceLook) {
      grownSinceLook = false;
      askLook();
    }
    context.next().run();
  }
}
