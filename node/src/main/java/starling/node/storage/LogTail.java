package starling.node.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;

/**
 * Finds the end of the last segment of the log, truncates a torn tail, and seals the segment if the
 * process that wrote it did not. The bytes of a torn tail are copied to a file.
 */
final class LogTail {
  private static final int WINDOW_BYTES = 1 << 20;
  private static final int MAX_TORN_FILES = 8;
  private static final String TORN = ".torn";

  /**
   * The end of the segment's records.
   *
   * @param lost the segment was sealed once, and its SEAL is gone
   */
  record End(long offset, boolean lost) {}

  private final Disk disk;
  private final StorageConfig config;
  private final SegmentReader reader;
  private final long sealedTo;
  private final RecordLayout layout = new RecordLayout();
  private long tornBytes;

  /**
   * @param sealedTo all segments up to this one were sealed, so that nothing in them can be torn
   */
  LogTail(Disk disk, StorageConfig config, SegmentReader reader, long sealedTo) {
    this.disk = disk;
    this.config = config;
    this.reader = reader;
    this.sealedTo = sealedTo;
  }

  /** Bytes of the torn tail that was removed. */
  long tornBytes() {
    return tornBytes;
  }

  /** Makes the segment durable up to its end, then walks the visitor over its records. */
  End read(Segment segment, long from, SegmentScan.Visitor visitor) throws IOException {
    long size = segment.file().size();
    SegmentScan scan = new SegmentScan(reader, segment);
    Extent extent = new Extent();
    long walked = scan.walk(from, size, extent);
    if (extent.sealed >= 0) {
      writeAgain(segment, Math.max(extent.marked, from), walked);
      scan.walk(from, walked, visitor);
      return new End(extent.sealed, false);
    }
    if (segment.id() <= sealedTo) {
      scan.walk(from, walked, visitor);
      return new End(walked, true);
    }
    long end = removeTornTail(segment, extent, size);
    writeAgain(segment, Math.max(extent.marked, from), end);
    scan.walk(from, end, visitor);
    seal(segment, end, extent.records);
    return new End(end, false);
  }

  /** Finds the end of the last whole record, truncates the rest, returns the new end. */
  private long removeTornTail(Segment segment, Extent extent, long size) throws IOException {
    long end = extent.firstGapFrom(extent.durable, size);
    if (end == size) {
      return size;
    }
    long torn = Math.min(size, end + 2L * config.writeBufferBytes());
    if (extent.recordsBehind(end) || !reader.zero(segment, end, torn)) {
      tornBytes += torn - end;
      keepTorn(segment, end, torn);
    }
    segment.file().truncate(end);
    reader.forget();
    return end;
  }

  /**
   * Makes bytes durable that the last process left in the page cache only. An fsync alone is not
   * enough: after a failed fsync the kernel may show bytes that it has given up writing and counts
   * as clean.
   */
  private void writeAgain(Segment segment, long from, long to) throws IOException {
    for (long at = Math.max(from, SegmentHeader.BYTES); at < to; ) {
      int bytes = (int) Math.min(to - at, WINDOW_BYTES);
      segment.file().write(ByteBuffer.wrap(reader.bytes(segment, at, bytes, to)), at);
      at += bytes;
    }
    segment.file().fsync();
  }

  private void keepTorn(Segment segment, long from, long to) throws IOException {
    List<String> kept = new ArrayList<>();
    for (String name : disk.list(Segment.DIRECTORY)) {
      if (name.endsWith(TORN)) {
        kept.add(name);
      }
    }
    for (int i = 0; i <= kept.size() - MAX_TORN_FILES; i++) {
      disk.delete(Segment.DIRECTORY + "/" + kept.get(i));
    }
    try (Disk.File torn = disk.open(Segment.fileName(segment.id()) + "." + from + TORN)) {
      torn.truncate(0);
      for (long at = from; at < to; ) {
        int bytes = (int) Math.min(to - at, WINDOW_BYTES);
        torn.write(ByteBuffer.wrap(reader.bytes(segment, at, bytes, to)), at - from);
        at += bytes;
      }
      torn.fsync();
    }
    disk.forceDirectory(Segment.DIRECTORY);
  }

  /** Seals a segment that its own process did not seal. */
  private void seal(Segment segment, long end, long records) throws IOException {
    ByteBuffer seal = ByteBuffer.allocate(RecordLayout.HEAD_BYTES);
    layout.putNote(seal, segment.salt(), end, RecordLayout.SEAL, end, records);
    segment.file().write(seal.flip(), end);
    segment.file().fsync();
    reader.forget();
  }

  /** Up to where the segment's MARKs call it durable, and where its gaps begin. */
  private static final class Extent implements SegmentScan.Visitor {
    private final List<Long> gaps = new ArrayList<>();
    private long durable;
    private long records;
    private long lastRecord;
    private long sealed = -1;

    /** The same without the SEAL, which may not be durable itself. */
    private long marked;

    @Override
    public void record(long offset, RecordHead head) {
      lastRecord = offset;
      if (head.type() == RecordLayout.MARK) {
        marked = Math.max(marked, head.first());
        durable = Math.max(durable, head.first());
      } else {
        records++;
      }
    }

    @Override
    public void seal(long offset, RecordHead head) {
      sealed = offset;
      durable = Math.max(durable, head.first());
    }

    @Override
    public void gap(long from, long to, @Nullable RecordHead head) {
      gaps.add(from);
    }

    boolean recordsBehind(long offset) {
      return lastRecord >= offset;
    }

    long firstGapFrom(long offset, long end) {
      for (long gap : gaps) {
        if (gap >= offset) {
          return gap;
        }
      }
      return end;
    }
  }
}
