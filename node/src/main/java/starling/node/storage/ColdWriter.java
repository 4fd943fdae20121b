package starling.node.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;
import starling.node.port.Disk;
import starling.node.port.TransientDiskException;

/**
 * Writes the live records of compacted segments to cold segments, apart from new records: old
 * records tend to stay live, and are not copied again and again beside records that are soon
 * overwritten. Used by the background thread.
 */
final class ColdWriter {
  private final Disk disk;
  private final StorageConfig config;
  private final SegmentIds ids;
  private final Clock clock;
  private final RecordLayout layout = new RecordLayout();
  private final ByteBuffer buffer;

  private @Nullable Segment segment;
  private long written;
  private long durable;
  private long oldest;
  private long records;
  private long bytes;

  /** Whether the owner knows of the segment that is open. */
  private boolean told;

  /** Up to where a cold segment is durable. */
  record Progress(Segment segment, long end, long oldest, boolean sealed) {}

  ColdWriter(Disk disk, StorageConfig config, SegmentIds ids, Clock clock) {
    this.disk = disk;
    this.config = config;
    this.ids = ids;
    this.clock = clock;
    this.buffer = ByteBuffer.allocateDirect(config.writeBufferBytes());
  }

  long bytes() {
    return bytes;
  }

  /** Copies a record; returns the location of the copy. */
  long add(ByteBuffer record, RecordHead head, long sequence, List<Progress> progress)
      throws IOException {
    int length = RecordLayout.lengthAgain(head);
    if (segment != null && end() + length + RecordLayout.HEAD_BYTES > config.segmentBytes()) {
      seal(progress);
    }
    if (segment == null) {
      begin();
    }
    Segment open = segment;
    if (open == null) {
      throw new IllegalStateException("no segment was begun");
    }
    if (length > buffer.remaining()) {
      flush(open);
    }
    long offset = end();
    if (length > buffer.capacity()) {
      ByteBuffer large = ByteBuffer.allocate(length);
      layout.putAgain(large, open.salt(), offset, record, head, sequence);
      open.file().write(large.flip(), written);
      written += length;
    } else {
      layout.putAgain(buffer, open.salt(), offset, record, head, sequence);
    }
    oldest = Math.min(oldest, sequence);
    records++;
    bytes += length;
    return Location.of(open.id(), offset);
  }

  /** Fsyncs all copies, and reports up to where each segment reaches. */
  List<Progress> force(List<Progress> progress) throws IOException {
    List<Progress> reached = new ArrayList<>(progress);
    Segment open = segment;
    if (open != null) {
      flush(open);
      if (durable < written) {
        open.file().fsync();
        durable = written;
      }
      reached.add(new Progress(open, durable, oldest, false));
      told = true;
    }
    return reached;
  }

  /** Discards the copies since the last fsync, after an error: the originals stay. */
  void abandon() {
    buffer.clear();
  }

  /** The same after a disk error: the next copy goes to another segment. */
  void abandonSegment() {
    buffer.clear();
    if (segment != null && !told) {
      segment.letGo();
    }
    segment = null;
  }

  private void begin() throws IOException {
    SegmentHeader header = ids.header(true, clock.wallMillis());
    // A file under a segment's name must always have its header.
    try (Disk.File unfinished = disk.open(SegmentPool.COLD)) {
      unfinished.truncate(0);
      unfinished.write(header.encode(), 0);
      unfinished.fsync();
    }
    String name = Segment.fileName(header.id());
    disk.rename(SegmentPool.COLD, name);
    try {
      disk.forceDirectory(Segment.DIRECTORY);
      segment = new Segment(header, disk.open(name));
    } catch (TransientDiskException e) {
      // The next attempt uses another number.
      disk.delete(name);
      throw e;
    }
    told = false;
    written = SegmentHeader.BYTES;
    durable = written;
    oldest = Long.MAX_VALUE;
    records = 0;
  }

  private void seal(List<Progress> progress) throws IOException {
    Segment open = segment;
    if (open == null) {
      return;
    }
    flush(open);
    open.file().fsync();
    layout.putNote(buffer, open.salt(), written, RecordLayout.SEAL, written, records);
    flush(open);
    open.file().fsync();
    open.file().doneWriting();
    progress.add(new Progress(open, written, oldest, true));
    segment = null;
  }

  private long end() {
    return written + buffer.position();
  }

  private void flush(Segment open) throws IOException {
    buffer.flip();
    int bytes = buffer.remaining();
    if (bytes > 0) {
      open.file().write(buffer, written);
      written += bytes;
    }
    buffer.clear();
  }
}
