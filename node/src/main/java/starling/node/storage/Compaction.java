package starling.node.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import starling.node.port.OutOfMemory;
import starling.node.port.TransientDiskException;
import starling.node.storage.index.EntryCursor;
import starling.node.storage.index.Fingerprint;
import starling.node.storage.index.Run;

/**
 * Compacts one segment: copies its live records to a cold one, in steps. A record is live if the
 * runs say that it is its key's newest; whether a newer one was written since is checked by the
 * owner, when it points the index to the copy. The segment itself stays unchanged, and is deleted
 * only after a manifest that names the copies is durable.
 *
 * <p>Records of deletions, REAPED and DROP, are copied as long as an older record may exist
 * anywhere: an index that is rebuilt from the log would bring it back.
 */
final class Compaction {
  /** The copies of one step, now durable. */
  record Step(List<Move> moves, List<ColdWriter.Progress> progress, long read, boolean ended) {}

  /** A record and the location of its copy. */
  record Move(
      long position,
      long fingerprint,
      @Nullable Key shared,
      long from,
      long to,
      int length,
      boolean removed) {}

  private final SegmentTable.Entry victim;
  private final Segment segment;
  private final long end;
  private final Fingerprint fingerprint;
  private final ColdWriter cold;
  private final SegmentReader reader;
  private final LongPredicate olderExists;
  private final EntryCursor found = new EntryCursor();
  private long at = SegmentHeader.BYTES;

  /**
   * @param olderExists whether a record with a lower sequence number may be in another segment or a
   *     snapshot
   */
  Compaction(
      SegmentTable.Entry victim,
      Fingerprint fingerprint,
      ColdWriter cold,
      SegmentReader reader,
      LongPredicate olderExists) {
    this.victim = victim;
    this.segment = victim.segment;
    this.end = victim.end;
    this.fingerprint = fingerprint;
    this.cold = cold;
    this.reader = reader;
    this.olderExists = olderExists;
  }

  SegmentTable.Entry victim() {
    return victim;
  }

  /** Where the next step begins. */
  long at() {
    return at;
  }

  /** The part of the segment that has been read, 0 to 1. */
  double done() {
    return end == 0 ? 1 : (double) at / end;
  }

  /**
   * Reads the next {@code bytes}, about; in the background.
   *
   * @param runs of each group, newest first
   * @param shared where the newest records of keys that share a fingerprint lie
   * @throws DamagedSegmentException if bytes of the segment are corrupt; the segment must stay
   */
  Step step(long bytes, List<List<Run>> runs, List<FingerprintCollisions.Entry> shared)
      throws IOException {
    List<Move> moves = new ArrayList<>();
    List<ColdWriter.Progress> progress = new ArrayList<>();
    long began = at;
    try {
      at =
          new SegmentScan(reader, segment)
              .walk(
                  at,
                  Math.min(end, at + bytes),
                  end,
                  new SegmentScan.Visitor() {
                    @Override
                    public void record(long offset, RecordHead head) throws IOException {
                      visit(offset, head, runs, shared, moves, progress);
                    }

                    @Override
                    public void gap(long from, long to, @Nullable RecordHead head)
                        throws IOException {
                      Key key =
                          head != null && head.ofKey() ? reader.key(segment, from, head) : null;
                      throw new DamagedSegmentException(
                          new CorruptRange(
                              segment.id(), from, to - from, key, "found in compaction"));
                    }
                  });
      return new Step(moves, force(progress), at - began, at >= end);
    } catch (TransientDiskException | DamagedSegmentException e) {
      cold.abandon();
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      cold.abandonSegment();
      throw e;
    }
  }

  private List<ColdWriter.Progress> force(List<ColdWriter.Progress> progress) throws IOException {
    try {
      return cold.force(progress);
    } catch (TransientDiskException e) {
      throw e;
    } catch (IOException e) {
      throw new CopyFailedException(e);
    }
  }

  private void visit(
      long offset,
      RecordHead head,
      List<List<Run>> runs,
      List<FingerprintCollisions.Entry> shared,
      List<Move> moves,
      List<ColdWriter.Progress> progress)
      throws IOException {
    long location = Location.of(segment.id(), offset);
    long sequence = head.sequenceAt(location);
    if (head.type() == RecordLayout.DROP) {
      if (olderExists.test(sequence)) {
        copy(offset, head, sequence, progress);
      }
      return;
    }
    if (!head.ofKey()) {
      return;
    }
    Key key = reader.key(segment, offset, head);
    boolean removed = head.type() == RecordLayout.REAPED;
    if ((head.flags() & RecordLayout.SHARED) != 0) {
      boolean newest = shared.stream().anyMatch(e -> e.location() == location);
      if (newest || (removed && olderExists.test(sequence))) {
        long to = copy(offset, head, sequence, progress);
        moves.add(new Move(0, 0, key, location, to, RecordLayout.lengthAgain(head), removed));
      }
      return;
    }
    long print = fingerprint.of(key.bucket(), key.bytes());
    boolean known = find(runs.get(RunTable.groupOf(key.position())), key.position(), print);
    boolean newest = known && found.location == location;
    if (removed ? olderExists.test(sequence) && (newest || !known) : newest) {
      long to = copy(offset, head, sequence, progress);
      int length = RecordLayout.lengthAgain(head);
      moves.add(new Move(key.position(), print, null, location, to, length, removed));
    }
  }

  private long copy(long offset, RecordHead head, long sequence, List<ColdWriter.Progress> progress)
      throws IOException {
    ByteBuffer record = reader.record(segment, offset, head);
    try {
      return cold.add(record, head, sequence, progress);
    } catch (TransientDiskException e) {
      throw e;
    } catch (IOException e) {
      throw new CopyFailedException(e);
    }
  }

  private boolean find(List<Run> runs, long position, long print) {
    for (int i = 0; i < runs.size(); i++) {
      if (runs.get(i).findChecked(position, print, found)) {
        return true;
      }
    }
    return false;
  }

  /** A copy could not be written; the original is not to blame. */
  static final class CopyFailedException extends IOException {
    private static final long serialVersionUID = 1;

    CopyFailedException(IOException cause) {
      super("copying failed: " + cause.getMessage(), cause);
    }
  }

  /** Bytes of the segment are corrupt. */
  static final class DamagedSegmentException extends IOException {
    private static final long serialVersionUID = 1;
    private final transient CorruptRange range;

    DamagedSegmentException(CorruptRange range) {
      super("damaged: " + range);
      this.range = range;
    }

    CorruptRange range() {
      return range;
    }
  }
}
