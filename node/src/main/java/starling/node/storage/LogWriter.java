package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;
import starling.node.port.OutOfMemory;
import starling.node.port.TransientDiskException;

/**
 * Writes the end of the log, on the writer thread.
 *
 * <p>1. The records of a group are encoded into one direct buffer behind a MARK with the durable
 * position, and written at once; one fsync follows if any record asked for it. A group lies in one
 * segment. 2. A segment is sealed and fully durable before the next one gets a record, so only the
 * last segment of a process can have a torn tail. 3. A group that meets a full disk, or a process
 * without free file descriptors, changes nothing and can be written again. Any other failure is
 * final: the state after a failed fsync is unknown, so nothing is written after it and no later
 * fsync counts.
 */
final class LogWriter {
  private final StorageConfig config;
  private final MetadataFiles metadata;
  private final Clock clock;
  private final SegmentPool pool;
  private final SegmentIds ids;
  private final RecordLayout layout = new RecordLayout();
  private final ByteBuffer buffer;

  private Segment segment;

  /** A new segment, made before the disk was too full for the old one's SEAL. */
  private @Nullable Segment next;

  /** The header of a segment that could not be made yet: the next attempt uses the same. */
  private @Nullable SegmentHeader wanted;

  /** The offset of the buffer's first byte, and the durable offset. */
  private long written;

  private long durable;

  /**
   * The end of the last record other than MARK and SEAL; a MARK alone never causes an fsync or
   * another MARK.
   */
  private long recordsEnd;

  private long lastMark;
  private long recordsInSegment;
  private @Nullable StorageFailure stopped;

  private String lastBucket = "";
  private byte[] lastBucketBytes = {};

  LogWriter(
      StorageConfig config, MetadataFiles metadata, Clock clock, SegmentPool pool, SegmentIds ids)
      throws IOException {
    this.config = config;
    this.metadata = metadata;
    this.clock = clock;
    this.pool = pool;
    this.ids = ids;
    this.buffer = ByteBuffer.allocateDirect(config.writeBufferBytes());
    this.segment = take();
    begin(segment);
  }

  /** The active segment. Called before the first group is written. */
  Segment segment() {
    return segment;
  }

  /** Writes a group and records the result in it. */
  void write(WriteGroup group) {
    if (stopped != null) {
      group.failure = stopped;
      return;
    }
    long before = clock.nanoTime();
    long start = written;
    long markBefore = lastMark;
    try {
      if (group.life != null) {
        metadata.write(ShutdownState.NAME, group.life);
        group.life = null;
      }
      if (group.roll || group.markOnly || !group.appends.isEmpty()) {
        long bytes = prepare(group);
        if (mustRoll(group, bytes)) {
          roll(group);
          group.roll = false;
          start = written;
          markBefore = lastMark;
        }
        mark();
        for (int i = 0; i < group.appends.size(); i++) {
          put(group.appends.get(i), group);
        }
        flush(group);
        recordsInSegment += group.appends.size();
      }
      if (group.force && durable < recordsEnd) {
        fsync(group);
      }
      // A MARK behind the last record may not be durable with it.
      group.end = Location.of(segment.id(), recordsEnd);
      group.segment = segment;
      group.allDurable = durable >= recordsEnd;
      group.markUseful = group.allDurable && lastMark < recordsEnd;
      group.writeNanos = clock.nanoTime() - before;
    } catch (TransientDiskException e) {
      buffer.clear();
      written = start;
      recordsEnd = Math.min(recordsEnd, start);
      lastMark = markBefore;
      group.stalled = e;
    } catch (IOException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      group.failure = stop(e);
    }
  }

  /** Saves a named value. Throws if a later attempt may succeed. */
  @Nullable StorageFailure save(String name, byte[] bytes) throws TransientDiskException {
    if (stopped != null) {
      return stopped;
    }
    try {
      metadata.write(name, bytes);
      return null;
    } catch (TransientDiskException e) {
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      return stop(e);
    }
  }

  /**
   * Closes the log: seals the last segment and marks the store clean, unless the log has failed.
   * Returns {@code null} on success.
   */
  @Nullable StorageFailure finish(ShutdownState life) {
    if (stopped != null) {
      return null;
    }
    try {
      seal(new WriteGroup());
      metadata.write(ShutdownState.NAME, life.withClean(segment.id()).encode());
      return null;
    } catch (IOException | RuntimeException | Error e) {
      OutOfMemory.endsProcess(e);
      return stop(e);
    }
  }

  private StorageFailure stop(Throwable e) {
    StorageFailure failure =
        new StorageFailure("writing the log failed; check the disk, then restart the node: " + e);
    stopped = failure;
    return failure;
  }

  /** Gives each record its body and length in the log; returns the sum of the lengths. */
  private long prepare(WriteGroup group) {
    long bytes = RecordLayout.HEAD_BYTES;
    for (int i = 0; i < group.appends.size(); i++) {
      WriteGroup.Append append = group.appends.get(i);
      if (!append.packed && append.type == RecordLayout.PUT) {
        pack(append);
      }
      bytes += append.length;
    }
    return bytes;
  }

  private void pack(WriteGroup.Append append) {
    append.packed = true;
    Compression compression = config.compression().of(append.key.bucket());
    byte[] packed = PackedBody.pack(compression, append.set);
    if (packed != null) {
      append.length -= append.set.length - packed.length;
      append.body = packed;
      append.flags |= PackedBody.flag(compression);
    }
  }

  private boolean mustRoll(WriteGroup group, long bytes) {
    if (group.roll) {
      return true;
    }
    return recordsInSegment > 0
        && written + bytes + RecordLayout.HEAD_BYTES > config.segmentBytes();
  }

  private void put(WriteGroup.Append append, WriteGroup group) throws IOException {
    byte[] bucket = bucketBytes(append.key.bucket());
    byte[] body = append.body;
    int headBytes = append.length - body.length;
    if (buffer.remaining() < headBytes) {
      flush(group);
    }
    append.location = Location.of(segment.id(), end());
    if (append.type == RecordLayout.DROP) {
      layout.putNote(
          buffer, segment.salt(), end(), append.type, append.key.position(), append.versionHash);
    } else {
      layout.putHead(
          buffer,
          segment.salt(),
          end(),
          append.length,
          append.type,
          append.flags,
          append.partition,
          bucket,
          append.key,
          append.versionHash,
          layout.bodyCheck(body));
    }
    int copied = 0;
    while (copied < body.length) {
      if (!buffer.hasRemaining()) {
        flush(group);
      }
      int n = Math.min(buffer.remaining(), body.length - copied);
      buffer.put(body, copied, n);
      copied += n;
    }
    recordsEnd = end();
  }

  private void mark() {
    layout.putNote(buffer, segment.salt(), end(), RecordLayout.MARK, durable, 0);
    lastMark = durable;
  }

  private void roll(WriteGroup group) throws IOException {
    if (next == null) {
      next = take();
    }
    seal(group);
    Segment begun = next;
    next = null;
    group.segmentsMade++;
    begin(begun);
  }

  /** Seals the segment: fsyncs all of it, then a SEAL, which is fsynced too. */
  private void seal(WriteGroup group) throws IOException {
    flush(group);
    fsync(group);
    long end = written;
    layout.putNote(buffer, segment.salt(), end(), RecordLayout.SEAL, end(), recordsInSegment);
    flush(group);
    fsync(group);
    segment.file().truncate(written);
    segment.file().doneWriting();
    group.sealed(segment, end);
  }

  private Segment take() throws IOException {
    SegmentHeader header = wanted == null ? ids.header(false, clock.wallMillis()) : wanted;
    wanted = header;
    Segment made = pool.take(header);
    wanted = null;
    ids.made(header);
    return made;
  }

  private void begin(Segment made) {
    segment = made;
    written = SegmentHeader.BYTES;
    durable = written;
    recordsEnd = written;
    lastMark = durable;
    recordsInSegment = 0;
  }

  private long end() {
    return written + buffer.position();
  }

  private void flush(WriteGroup group) throws IOException {
    buffer.flip();
    int bytes = buffer.remaining();
    if (bytes > 0) {
      segment.file().write(buffer, written);
      written += bytes;
      group.bytesWritten += bytes;
    }
    buffer.clear();
  }

  private void fsync(WriteGroup group) throws IOException {
    long before = clock.nanoTime();
    segment.file().fsync();
    group.forceNanos = clock.nanoTime() - before;
    group.forced = true;
    durable = written;
  }

  private byte[] bucketBytes(String bucket) {
    if (!bucket.equals(lastBucket)) {
      lastBucketBytes = bucket.getBytes(UTF_8);
      lastBucket = bucket;
    }
    return lastBucketBytes;
  }
}
