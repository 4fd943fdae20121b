package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.port.Clock;
import starling.node.port.Disk;

/**
 * The end of the log, written by one thread.
 *
 * <p>1. Records of a group are encoded into one direct buffer behind a MARK that says what was
 * durable by then, and written at once; one fsync follows if any of them asked for it. 2. A segment
 * is sealed and durable in full before the next one holds a record, so only the last segment of a
 * life can end torn. 3. The first failure ends everything: what an fsync that failed left behind is
 * unknown, so nothing is written after it and no later fsync is believed.
 */
final class LogWriter {
  private final Disk disk;
  private final StorageConfig config;
  private final MetadataFiles metadata;
  private final Clock clock;
  private final long saltSeed;
  private final RecordLayout layout = new RecordLayout();
  private final ByteBuffer buffer;

  private final List<Segment> segments;
  private Segment segment;

  /** Where the buffer's first byte goes, and where all before is durable. */
  private long written;

  private long durable;

  /** Behind the last PUT; a note alone never asks for an fsync or for another note. */
  private long recordsEnd;

  private long lastMark;
  private long putsInSegment;
  private @Nullable StorageFailure stopped;

  private String lastBucket = "";
  private byte[] lastBucketBytes = {};

  LogWriter(
      Disk disk,
      StorageConfig config,
      MetadataFiles metadata,
      Clock clock,
      long saltSeed,
      List<Segment> oldSegments,
      long firstSegmentId)
      throws IOException {
    this.disk = disk;
    this.config = config;
    this.metadata = metadata;
    this.clock = clock;
    this.saltSeed = saltSeed;
    this.segments = new ArrayList<>(oldSegments);
    this.buffer = ByteBuffer.allocateDirect(config.writeBufferBytes());
    this.segment = begin(firstSegmentId);
  }

  /** Writes a group and tells in it how that went. */
  void write(Group group) {
    if (stopped != null) {
      group.failure = stopped;
      return;
    }
    try {
      if (group.life != null) {
        metadata.write(Life.NAME, group.life);
      }
      if (group.markOnly || !group.appends.isEmpty()) {
        mark();
        for (int i = 0; i < group.appends.size(); i++) {
          put(group.appends.get(i), group);
        }
        flush(group);
      }
      if (group.force && durable < recordsEnd) {
        force(group);
      }
      group.allDurable = durable >= recordsEnd;
      group.markUseful = group.allDurable && lastMark < recordsEnd;
    } catch (IOException | RuntimeException e) {
      group.failure = stop(e);
    }
  }

  /** Saves a named value; {@code null} if that went well. */
  @Nullable StorageFailure save(String name, byte[] bytes) {
    if (stopped != null) {
      return stopped;
    }
    try {
      metadata.write(name, bytes);
      return null;
    } catch (IOException | RuntimeException e) {
      return stop(e);
    }
  }

  /**
   * Ends the life: seals the last segment and marks the store clean, unless the log has stopped;
   * closes all files. {@code null} if that went well.
   */
  @Nullable StorageFailure finish(Life life) {
    StorageFailure failure = null;
    try {
      if (stopped == null) {
        seal(new Group());
        metadata.write(Life.NAME, life.withClean(segment.id()).encode());
      }
    } catch (IOException | RuntimeException e) {
      failure = stop(e);
    }
    for (Segment each : segments) {
      try {
        each.file().close();
      } catch (IOException e) {
        failure = failure == null ? stop(e) : failure;
      }
    }
    return failure;
  }

  private StorageFailure stop(Exception e) {
    StorageFailure failure = new StorageFailure("writing the log failed: " + e);
    stopped = failure;
    return failure;
  }

  private void put(Group.Append append, Group group) throws IOException {
    byte[] bucket = bucketBytes(append.key.bucket());
    int headBytes = append.length - append.set.length;
    if (end() + append.length > config.segmentBytes() && putsInSegment > 0) {
      roll(group);
    }
    if (buffer.remaining() < headBytes) {
      flush(group);
    }
    append.segment = segment;
    append.offset = end();
    layout.putHead(
        buffer,
        segment.salt(),
        append.offset,
        append.length,
        append.partition,
        bucket,
        append.key,
        append.versionHash,
        layout.bodyCheck(append.set));
    int copied = 0;
    while (copied < append.set.length) {
      if (!buffer.hasRemaining()) {
        flush(group);
      }
      int n = Math.min(buffer.remaining(), append.set.length - copied);
      buffer.put(append.set, copied, n);
      copied += n;
    }
    putsInSegment++;
    recordsEnd = end();
  }

  private void mark() {
    lastMark = durable;
    layout.putNote(buffer, segment.salt(), end(), RecordLayout.MARK, durable, 0);
  }

  private void roll(Group group) throws IOException {
    seal(group);
    segment = begin(segment.id() + 1);
    group.segmentsMade++;
    group.bytesWritten += SegmentHeader.BYTES;
    mark();
  }

  /** Ends the segment for good: all of it durable, then a SEAL, durable too. */
  private void seal(Group group) throws IOException {
    flush(group);
    force(group);
    layout.putNote(buffer, segment.salt(), end(), RecordLayout.SEAL, end(), putsInSegment);
    flush(group);
    force(group);
  }

  private Segment begin(long id) throws IOException {
    long salt = mix(saltSeed + id * 0x9e3779b97f4a7c15L);
    UUID store = config.storeId();
    Segment made = Segment.create(disk, new SegmentHeader(id, salt, store, clock.wallMillis()));
    segments.add(made);
    written = SegmentHeader.BYTES;
    durable = written;
    recordsEnd = written;
    lastMark = durable;
    putsInSegment = 0;
    return made;
  }

  private long end() {
    return written + buffer.position();
  }

  private void flush(Group group) throws IOException {
    buffer.flip();
    int bytes = buffer.remaining();
    if (bytes > 0) {
      segment.file().write(buffer, written);
      written += bytes;
      group.bytesWritten += bytes;
    }
    buffer.clear();
  }

  private void force(Group group) throws IOException {
    long before = clock.nanoTime();
    segment.file().force();
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

  /** The finalizer of SplitMix64: spreads a seed and a segment's number over all 64 bits. */
  private static long mix(long z) {
    long x = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
