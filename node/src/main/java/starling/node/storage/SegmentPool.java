package starling.node.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;
import starling.node.port.DiskFullException;

/**
 * Files for segments to come, written full beforehand: an fsync of a file whose blocks are written
 * already needs no commit of the file system's journal, which is the larger part of its cost. The
 * background makes spare ones, from segments that compaction emptied or from zeros; the writer
 * takes one when it begins a segment. What a recycled file held before does no harm: salt and
 * offset are in every check.
 *
 * <p>A spare file is called {@code spare-…} until it has its new header, so no crash ever shows an
 * old segment under a new name.
 */
final class SegmentPool {
  private static final String SPARE = "spare-";

  /** A cold segment that has no header yet; found by the next open, it is a spare one's rest. */
  static final String COLD = Segment.DIRECTORY + "/" + SPARE + "cold";

  private static final int SPARES = 1;
  private static final int STEP_BYTES = 1 << 20;
  private static final int FORCE_BYTES = 8 << 20;

  private final Disk disk;
  private final long segmentBytes;
  private final Queue<String> ready = new ConcurrentLinkedQueue<>();
  private final AtomicLong number = new AtomicLong();

  /** What was to become a segment when the last try ended. */
  private @Nullable String unfinished;

  SegmentPool(Disk disk, long segmentBytes) {
    this.disk = disk;
    this.segmentBytes = segmentBytes;
  }

  /** Takes over the spare files of earlier lives, or makes one if there is none and room for it. */
  void open() throws IOException {
    for (String name : disk.list(Segment.DIRECTORY)) {
      if (name.startsWith(SPARE)) {
        take(Segment.DIRECTORY + "/" + name);
      }
    }
    if (ready.isEmpty()) {
      try {
        prepare();
      } catch (DiskFullException e) {
        // The first segment grows instead, as far as it can.
      }
    }
  }

  /** Keeps a whole file, by a name of this life; what is in it does not matter. */
  private void take(String old) throws IOException {
    boolean whole;
    try (Disk.File file = disk.open(old)) {
      whole = file.size() == segmentBytes;
    }
    if (!whole || !wantsSpare() || disk.links(old) != 1) {
      disk.delete(old);
      return;
    }
    String name;
    do {
      name = nextName();
    } while (disk.exists(name) && !name.equals(old));
    disk.rename(old, name);
    ready.add(name);
  }

  boolean wantsSpare() {
    return ready.size() < SPARES;
  }

  /** Makes one spare file. Throws, and leaves none, when the disk is full. */
  void prepare() throws IOException {
    String name = nextName();
    try (Disk.File file = disk.open(name)) {
      fill(file, 0);
    } catch (IOException e) {
      disk.delete(name);
      throw e;
    }
    ready.add(name);
  }

  /**
   * Deletes a segment that belongs to the log no more, or keeps its file as a spare one.
   *
   * @param read somebody still reads it, so that its bytes must stay as they are
   */
  void recycle(Segment segment, boolean read) throws IOException {
    String name = Segment.fileName(segment.id());
    if (!disk.exists(name)) {
      // An earlier try got so far.
      disk.forceDirectory(Segment.DIRECTORY);
      return;
    }
    if (!read && ready.size() < 2 * SPARES && disk.links(name) == 1) {
      String spare = nextName();
      try (Disk.File file = disk.open(name)) {
        fill(file, file.size());
      }
      disk.rename(name, spare);
      ready.add(spare);
    } else {
      disk.delete(name);
    }
    disk.forceDirectory(Segment.DIRECTORY);
  }

  /**
   * A segment, durable with its name and header, before any record goes into it: in a spare file if
   * there is one, else in a new one that grows. If it throws, the next call must bring the same
   * header, and goes on where this one ended.
   */
  Segment take(SegmentHeader header) throws IOException {
    String name = Segment.fileName(header.id());
    if (!disk.exists(name)) {
      String from = unfinished == null ? ready.poll() : unfinished;
      from = from == null ? nextName() : from;
      unfinished = from;
      try (Disk.File file = disk.open(from)) {
        file.write(header.encode(), 0);
        file.fsync();
      }
      disk.rename(from, name);
    }
    disk.forceDirectory(Segment.DIRECTORY);
    Segment made = new Segment(header, disk.open(name));
    unfinished = null;
    return made;
  }

  private String nextName() {
    return Segment.DIRECTORY + "/" + SPARE + number.incrementAndGet();
  }

  private void fill(Disk.File file, long from) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(STEP_BYTES, segmentBytes));
    long forced = from;
    for (long at = from; at < segmentBytes; ) {
      int bytes = (int) Math.min(zeros.capacity(), segmentBytes - at);
      file.write(zeros.clear().limit(bytes), at);
      at += bytes;
      if (at - forced >= FORCE_BYTES || at == segmentBytes) {
        // In steps, so that the log's own fsync never waits behind a whole file.
        file.fsync();
        forced = at;
      }
    }
  }
}
