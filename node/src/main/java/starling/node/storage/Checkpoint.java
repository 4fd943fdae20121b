package starling.node.storage;

import java.util.List;
import java.util.Set;

/**
 * The state that the next manifest records: the log position up to which the runs know every
 * record, and what goes with it. Owned by one thread.
 */
final class Checkpoint {
  private final LiveIndex index;
  private final SegmentIds ids;
  private final RunFiles runFiles;
  private final Set<String> buckets;
  private final long secret0;
  private final long secret1;
  private long position;
  private List<FingerprintCollisions.Entry> shared;
  private long memtablesFlushed;
  private boolean saveDue;

  Checkpoint(SegmentIds ids, RunFiles runFiles, RecoveredLog recovered) {
    this.index = recovered.index();
    this.ids = ids;
    this.runFiles = runFiles;
    this.buckets = recovered.buckets();
    this.secret0 = recovered.secret0();
    this.secret1 = recovered.secret1();
    this.position = recovered.checkpoint();
    this.shared = recovered.checkpointShared();
  }

  /** The runs know every record before this position. */
  long position() {
    return position;
  }

  /** Memtables whose entries are in runs. */
  long memtablesFlushed() {
    return memtablesFlushed;
  }

  /**
   * A memtable is in the runs.
   *
   * @param to the log position up to which the runs now know every record
   * @param sharedKeys the shared keys as of that position
   */
  void advance(long to, List<FingerprintCollisions.Entry> sharedKeys) {
    memtablesFlushed++;
    position = to;
    shared = sharedKeys;
    saveDue = true;
  }

  /** The manifest on disk no longer says what the store is made of. */
  void changed() {
    saveDue = true;
  }

  boolean saveDue() {
    return saveDue;
  }

  void saveBegun() {
    saveDue = false;
  }

  void addBucket(String bucket) {
    buckets.add(bucket);
  }

  boolean everHeld(String bucket) {
    return buckets.contains(bucket);
  }

  Manifest manifest() {
    return new Manifest(
        position,
        secret0,
        secret1,
        ids.next(),
        runFiles.nextId(),
        index.segments.facts(position, memtablesFlushed),
        index.runs.descriptions(),
        List.copyOf(buckets),
        shared,
        index.drops());
  }
}
