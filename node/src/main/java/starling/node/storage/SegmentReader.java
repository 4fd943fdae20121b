package starling.node.storage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of segments through one window that moves over the file: forwards in large steps
 * when the whole log is read, just a record when one is looked up. Belongs to one thread.
 */
final class SegmentReader {
  private final ByteBuffer window;
  private final RecordLayout layout = new RecordLayout();
  private final CRC32C crc = new CRC32C();

  /**
   * @param windowBytes at least what the longest head takes
   */
  SegmentReader(int windowBytes) {
    window = ByteBuffer.allocateDirect(windowBytes);
  }

  private @Nullable Segment segment;
  private long windowStart;

  /** Forgets the window: the file may have been written since. */
  void forget() {
    segment = null;
  }

  /**
   * The head of the record at an offset; {@code null} if no sound head lies there.
   *
   * @param end where the record must end at the latest
   */
  @Nullable RecordHead head(Segment segment, long offset, long end) throws IOException {
    if (end - offset < RecordLayout.HEAD_BYTES) {
      return null;
    }
    int start = load(segment, offset, RecordLayout.HEAD_BYTES, end);
    if (!RecordLayout.plausible(window, start, end - offset)) {
      return null;
    }
    int headBytes = RecordLayout.headBytes(window, start);
    start = load(segment, offset, headBytes, end);
    return layout.head(window, start, segment.salt(), offset);
  }

  /** Bytes of a file, no more than the window takes. */
  byte[] bytes(Segment segment, long offset, int length, long end) throws IOException {
    int start = load(segment, offset, length, end);
    byte[] copy = new byte[length];
    window.get(start, copy);
    return copy;
  }

  /** Whether a record's set is what was written. */
  boolean bodySound(Segment segment, long offset, RecordHead head) throws IOException {
    return body(segment, offset, head, null) == head.bodyCheck();
  }

  /** A record's set, or {@code null} if it is not what was written. */
  byte @Nullable [] set(Segment segment, long offset, RecordHead head) throws IOException {
    byte[] set = new byte[head.setBytes()];
    return body(segment, offset, head, set) == head.bodyCheck() ? set : null;
  }

  private int body(Segment segment, long offset, RecordHead head, byte @Nullable [] set)
      throws IOException {
    crc.reset();
    long at = offset + head.headBytes();
    long end = offset + head.length();
    int done = 0;
    while (at < end) {
      int bytes = (int) Math.min(end - at, window.capacity());
      int start = load(segment, at, bytes, end);
      int limit = window.limit();
      crc.update(window.limit(start + bytes).position(start));
      window.limit(limit).position(0);
      if (set != null) {
        window.get(start, set, done, bytes);
      }
      done += bytes;
      at += bytes;
    }
    return (int) crc.getValue();
  }

  /** Whether a stretch of a file is zero throughout. */
  boolean zero(Segment segment, long from, long to) throws IOException {
    for (long at = from; at < to; ) {
      int bytes = (int) Math.min(to - at, window.capacity());
      int start = load(segment, at, bytes, to);
      for (int i = 0; i < bytes; i++) {
        if (window.get(start + i) != 0) {
          return false;
        }
      }
      at += bytes;
    }
    return true;
  }

  /** Makes {@code [offset, offset + bytes)} lie in the window; returns where in it. */
  private int load(Segment wanted, long offset, int bytes, long end) throws IOException {
    if (segment == wanted
        && offset >= windowStart
        && offset + bytes <= windowStart + window.limit()) {
      return (int) (offset - windowStart);
    }
    segment = null;
    window.clear().limit((int) Math.min(window.capacity(), Math.max(bytes, end - offset)));
    while (window.hasRemaining()) {
      if (wanted.file().read(window, offset + window.position()) < 0) {
        break;
      }
    }
    window.flip();
    if (window.limit() < bytes) {
      throw new EOFException(
          "segment " + wanted.id() + " ends before " + (offset + bytes) + ", at " + offset);
    }
    windowStart = offset;
    segment = wanted;
    return 0;
  }
}
