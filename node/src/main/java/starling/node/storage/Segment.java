package starling.node.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import starling.node.port.Disk;

/**
 * One file of the log. Hot segments hold new records; cold ones hold live records of compacted
 * segments. A sealed segment never changes.
 *
 * <p>A reader on another thread holds the segment while it reads; the log holds it as long as it
 * belongs to the log. The last release closes the file.
 */
final class Segment {
  static final String DIRECTORY = "log";
  private static final String SUFFIX = ".seg";
  private static final int DIGITS = 10;
  private static final int SLOW_READ = 8;

  private final SegmentHeader header;
  private final Disk.File file;
  private final AtomicInteger holders = new AtomicInteger(1);

  /** Grows with slow reads on the owner's thread, shrinks with fast ones. */
  private int suspicion;

  /** Until when the readers read it instead of the owner, by the owner's clock. */
  private long coldUntil = Long.MIN_VALUE;

  Segment(SegmentHeader header, Disk.File file) {
    this.header = header;
    this.file = file;
  }

  long id() {
    return header.id();
  }

  long salt() {
    return header.salt();
  }

  /** The hot segment before this hot one; 0 for none. */
  long previous() {
    return header.previous();
  }

  boolean cold() {
    return header.cold();
  }

  Disk.File file() {
    return file;
  }

  long coldUntil() {
    return coldUntil;
  }

  void coldUntil(long nanos) {
    coldUntil = nanos;
  }

  /**
   * Counts a read on the owner's thread; returns whether the segment seems not to be in the page
   * cache.
   */
  boolean slowReads(boolean slow) {
    suspicion = slow ? suspicion + SLOW_READ : Math.max(0, suspicion - 1);
    if (suspicion <= SLOW_READ) {
      return false;
    }
    suspicion = SLOW_READ;
    return true;
  }

  Segment hold() {
    if (holders.getAndIncrement() <= 0) {
      throw new IllegalStateException("segment " + id() + " is closed");
    }
    return this;
  }

  /** Releases the segment; returns whether no holder is left. */
  boolean letGo() {
    if (holders.decrementAndGet() != 0) {
      return false;
    }
    try {
      file.close();
    } catch (IOException e) {
      // The file was only read; a failed close loses nothing.
    }
    return true;
  }

  static String fileName(long id) {
    String digits = Long.toString(id);
    return DIRECTORY + "/" + "0".repeat(Math.max(0, DIGITS - digits.length())) + digits + SUFFIX;
  }

  /** The id in a file's name, or -1 if it is not a segment's. */
  static long idOf(String name) {
    if (name.length() < DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
      return -1;
    }
    String digits = name.substring(0, name.length() - SUFFIX.length());
    return digits.length() <= 18 && digits.chars().allMatch(c -> c >= '0' && c <= '9')
        ? Long.parseLong(digits)
        : -1;
  }

  /** The header of a file, or {@code null} if it is damaged or was never finished. */
  static @Nullable SegmentHeader readHeader(String name, Disk.File file) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(SegmentHeader.BYTES);
    while (block.hasRemaining() && file.read(block, block.position()) >= 0) {
      // Until the header is there or the file ends.
    }
    return SegmentHeader.decode(block.flip(), name);
  }
}
