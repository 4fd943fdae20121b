package starling.node.storage;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.port.TransientDiskException;

/**
 * A write group: records that go to the writer thread and back in one thread hop each way, with one
 * write per full buffer and at most one fsync. The owner fills it; then it belongs to the writer
 * thread, until it returns with the locations of its records.
 */
final class WriteGroup {
  final List<Append> appends = new ArrayList<>();

  /** Whether the writer thread must fsync the log before the group returns. */
  boolean force;

  /** Whether to write a MARK although the group has no records. */
  boolean markOnly;

  /** Whether to seal the segment first and write to the next one. */
  boolean roll;

  /**
   * The encoded shutdown state that must be durable before the group is acknowledged, if it
   * changed.
   */
  byte @Nullable [] life;

  long bytes;

  // The writer thread sets the rest.
  @Nullable StorageFailure failure;

  /**
   * Why the disk could not accept the group for the moment; none of it counts, and it is written
   * again.
   */
  @Nullable TransientDiskException stalled;

  long forceNanos;
  long writeNanos;
  boolean forced;
  boolean allDurable;
  boolean markUseful;
  int segmentsMade;
  long bytesWritten;

  /** The segment of the group's records, and the end of the log. */
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

  /** A record that is being appended. Two are equal if they have the same index key. */
  static final class Append {
    final byte type;
    int flags;
    final Key key;
    final long fingerprint;
    final int partition;
    final long versionHash;
    final byte[] set;
    final Completion done;

    /** Bytes that the queue counts for it. */
    final int takenBytes;

    // The writer thread sets these.
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
