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
 * Spare files for new segments, prewritten in full: an fsync of a file whose blocks are written
 * needs no commit of the file system's journal, which is the larger part of its cost. The
 * background makes spare files, from compacted segments or from zeros; the writer thread takes one
 * when it begins a segment. Old bytes of a recycled file are harmless: salt and offset are in every
 * checksum.
 *
 * <p>A spare file is called {@code spare-…} until it has its new header, so no crash ever shows an
 * old segment under a new name.
 */
final class SegmentPool {
  private static final String SPARE = "spare-";

  /** A cold segment without a header; the next open treats it as a spare file. */
  static final String COLD = Segment.DIRECTORY + "/" + SPARE + "cold";

  private static final int SPARES = 1;
  private static final int STEP_BYTES = 1 << 20;
  private static final int FORCE_BYTES = 8 << 20;

  private final Disk disk;
  private final long segmentBytes;
  private final Queue<String> ready = new ConcurrentLinkedQueue<>();
  private final AtomicLong number = new AtomicLong();

  /** The file that was to become a segment when the last attempt failed. */
  private @Nullable String unfinished;

  SegmentPool(Disk disk, long segmentBytes) {
    this.disk = disk;
    this.segmentBytes = segmentBytes;
  }

  /**
   * Adopts the spare files of earlier processes, or makes one if there is none and the disk has
   * space.
   */
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
        // The first segment grows instead, as far as the disk permits.
      }
    }
  }

  /** Adopts a whole file under a new name; its content does not matter. */
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

  /** Makes one spare file. Throws, and leaves no file, when the disk is full. */
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
   * Deletes a segment that no longer belongs to the log, or makes its file a spare one.
   *
   * @param read a reader still holds it, so that its bytes must not change
   */
  void recycle(Segment segment, boolean read) throws IOException {
    String name = Segment.fileName(segment.id());
    if (!disk.exists(name)) {
      // An earlier attempt deleted it.
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
   * Makes a segment whose name and header are durable before it gets a record: of a spare file if
   * there is one, else of a new one that grows. If it throws, the next call must pass the same
   * header, and continues.
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
