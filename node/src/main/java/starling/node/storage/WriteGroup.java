package starling.node.storage;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.port.TransientDiskException;

/**
 * What goes to the writer in one hand-off and comes back in one: some appends, at most one write
 * each time the buffer is full, at most one fsync. Filled by the owner, then the writer's alone
 * until it comes back with the places of its records.
 */
final class WriteGroup {
  final List<Append> appends = new ArrayList<>();

  /** Whether all that was written so far must be durable before the group comes back. */
  boolean force;

  /** Whether to write a MARK although nothing is appended. */
  boolean markOnly;

  /** Whether to end the segment first and go on in the next one. */
  boolean roll;

  /** The store's life as it must stand on disk before the group is acknowledged, if it changed. */
  byte @Nullable [] life;

  long bytes;

  // From here on: set by the writer.
  @Nullable StorageFailure failure;

  /** Why the disk could not take it now; nothing of the group counts, and it is tried again. */
  @Nullable TransientDiskException stalled;

  long forceNanos;
  long writeNanos;
  boolean forced;
  boolean allDurable;
  boolean markUseful;
  int segmentsMade;
  long bytesWritten;

  /** Where the group's records lie, and where the last of the log ends. */
  @Nullable Segment segment;

  long end;
  @Nullable Segment sealed;
  long sealedEnd;

  void sealed(Segment segment, long end) {
    sealed = segment;
    sealedEnd = end;
  }

  void reset() {
    appends.clear();
    force = false;
    markOnly = false;
    roll = false;
    life = null;
    bytes = 0;
    failure = null;
    stalled = null;
    forceNanos = 0;
    writeNanos = 0;
    forced = false;
    allDurable = false;
    markUseful = false;
    segmentsMade = 0;
    bytesWritten = 0;
    segment = null;
    end = 0;
    sealed = null;
    sealedEnd = 0;
  }

  /** One record on its way. Two are equal that want the same place of the index. */
  static final class Append {
    final byte type;
    int flags;
    final Key key;
    final long fingerprint;
    final int partition;
    final long versionHash;
    final byte[] set;
    final Completion done;

    /** Bytes that were reckoned when it was taken. */
    final int takenBytes;

    // Set by the writer.
    int length;
    byte[] body;
    boolean packed;
    long location;

    Append(
        byte type,
        int flags,
        Key key,
        long fingerprint,
        int partition,
        long versionHash,
        byte[] set,
        Completion done,
        int length) {
      this.type = type;
      this.flags = flags;
      this.key = key;
      this.fingerprint = fingerprint;
      this.partition = partition;
      this.versionHash = versionHash;
      this.set = set;
      this.done = done;
      this.takenBytes = length;
      this.length = length;
      this.body = set;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Append that
          && fingerprint == that.fingerprint
          && key.position() == that.key.position();
    }

    @Override
    public int hashCode() {
      return Long.hashCode(fingerprint);
    }
  }
}
