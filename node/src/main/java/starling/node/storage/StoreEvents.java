package starling.node.storage;

import org.jspecify.annotations.Nullable;
import starling.node.port.DiskFullException;
import starling.node.port.TransientDiskException;

/** What follows from the reports of a store's parts: for its state, its quarantine, its node. */
final class StoreEvents implements AppendPath.Store, ReadPath.Store, Maintenance.Listener {
  private final LogStorage store;
  private final StorageListener listener;

  StoreEvents(LogStorage store, StorageListener listener) {
    this.store = store;
    this.listener = listener;
  }

  @Override
  public @Nullable AppendRejection refuses() {
    return store.refuses();
  }

  @Override
  public void failed(StorageFailure reason) {
    store.lifecycle.fail(reason);
  }

  @Override
  public void groupEnded() {
    store.lifecycle.finishIfIdle();
  }

  @Override
  public void ended() {
    store.lifecycle.finishIfIdle();
  }

  @Override
  public void damaged(CorruptRange range) {
    store.quarantine.found(range);
  }

  @Override
  public void unreachable(CorruptRange range) {
    listener.onCorruptRange(range);
  }

  @Override
  public void roomChanged(boolean full, String reason) {
    listener.roomChanged(full, reason);
  }

  @Override
  public void stalled(@Nullable String reason) {
    changed(Stalls.Part.BACKGROUND, reason);
  }

  @Override
  public void troubled(String operation, Throwable reason) {
    store.counters.failedOperations++;
    listener.operationFailed(operation, reason);
  }

  GroupCommit.Listener onCommits() {
    return new GroupCommit.Listener() {
      @Override
      public void written(WriteGroup group) {
        store.appends.written(group);
      }

      @Override
      public void sealed(Segment segment, long end) {
        store.index.segments.seal(segment, end);
        store.maintenance.sealed(Location.of(segment.id(), end));
      }

      @Override
      public void stalled(@Nullable TransientDiskException reason) {
        DiskFullException full = reason instanceof DiskFullException e ? e : null;
        store.maintenance.freeSpace.logWaits(words(full));
        StoreEvents.this.changed(Stalls.Part.LOG, full == null ? words(reason) : null);
      }

      @Override
      public void failed(StorageFailure reason) {
        store.lifecycle.fail(reason);
      }
    };
  }

  MetadataQueue.Listener onMetadata() {
    return new MetadataQueue.Listener() {
      @Override
      public void saved(@Nullable StorageFailure reason) {
        if (reason != null) {
          store.lifecycle.fail(reason);
        } else {
          store.counters.metaSaves++;
          store.lifecycle.finishIfIdle();
        }
      }

      @Override
      public void stalled(@Nullable TransientDiskException reason) {
        DiskFullException full = reason instanceof DiskFullException e ? e : null;
        if (full != null) {
          store.maintenance.freeSpace.diskFull(String.valueOf(full.getMessage()));
        }
        StoreEvents.this.changed(Stalls.Part.METADATA, full == null ? words(reason) : null);
      }
    };
  }

  private static @Nullable String words(@Nullable TransientDiskException stall) {
    return stall == null ? null : String.valueOf(stall.getMessage());
  }

  private void changed(Stalls.Part part, @Nullable String reason) {
    if (store.stalls.changed(part, reason)) {
      listener.stallChanged(store.stalls.reason());
    }
  }
}
