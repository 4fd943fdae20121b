package starling.node.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of segments through one window of the file: large for a pass over the log, one
 * record for a look-up. Used by one thread.
 */
final class SegmentReader {
  private static final int HEAD_ALONE_BYTES = 256;
  private static final int MIN_WINDOW_BYTES = 4096;

  private final int windowBytes;
  private final int mostTries;
  private final RecordLayout layout = new RecordLayout();
  private final CRC32C crc = new CRC32C();

  /**
   * @param windowBytes the largest read; at least the length of the longest head
   * @param mostTries attempts of a read that fails, without a pause
   */
  SegmentReader(int windowBytes, int mostTries) {
    this.windowBytes = windowBytes;
    this.mostTries = mostTries;
  }

  /** For the background, where a few attempts in a row delay no caller. */
  SegmentReader(int windowBytes) {
    this(windowBytes, 3);
  }

  private @Nullable Segment segment;
  private byte[] lastBucketBytes = {};
  private String lastBucket = "";
  private long windowStart;

  /** The size of the largest read so far, rounded up: most readers read single records. */
  private ByteBuffer window = ByteBuffer.allocateDirect(0);

  /** Forgets the window: the file may have been written since. */
  void forget() {
    segment = null;
  }

  /**
   * The head of the record at an offset; {@code null} if no sound head lies there.
   *
   * @param end the latest offset at which the record may end
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

  /** The same for a record of known length; reads only the head. */
  @Nullable RecordHead headAlone(Segment segment, long offset, int length) throws IOException {
    long end = offset + Math.min(length, HEAD_ALONE_BYTES);
    int start = load(segment, offset, RecordLayout.HEAD_BYTES, end);
    if (!RecordLayout.plausible(window, start, length)) {
      return null;
    }
    int headBytes = RecordLayout.headBytes(window, start);
    start = load(segment, offset, headBytes, offset + Math.max(headBytes, end - offset));
    return layout.head(window, start, segment.salt(), offset);
  }

  /** Bytes of a file, at most as many as the window holds. */
  byte[] bytes(Segment segment, long offset, int length, long end) throws IOException {
    int start = load(segment, offset, length, end);
    byte[] copy = new byte[length];
    window.get(start, copy);
    return copy;
  }

  /** Whether the checksum of a record's set matches. */
  boolean bodySound(Segment segment, long offset, RecordHead head) throws IOException {
    return check(segment, offset, head, null) == head.bodyCheck();
  }

  /** A record's body as it was written, or {@code null} if it is damaged. */
  byte @Nullable [] body(Segment segment, long offset, RecordHead head) throws IOException {
    byte[] body = new byte[head.bodyBytes()];
    return check(segment, offset, head, body) == head.bodyCheck() ? body : null;
  }

  /** Bucket and key of a record. */
  Key key(Segment segment, long offset, RecordHead head) throws IOException {
    int start =
        load(
            segment,
            offset + head.namesStart(),
            head.bucketBytes() + head.keyBytes(),
            offset + head.length());
    byte[] name = new byte[head.bucketBytes()];
    byte[] key = new byte[head.keyBytes()];
    window.get(start, name).get(start + name.length, key);
    if (!Arrays.equals(name, lastBucketBytes)) {
      lastBucketBytes = name;
      lastBucket = new String(name, UTF_8);
    }
    return new Key(lastBucket, key, head.first());
  }

  /** A whole record; a view of the window until the next call, if it fits. */
  ByteBuffer record(Segment segment, long offset, RecordHead head) throws IOException {
    if (head.length() > windowBytes) {
      ByteBuffer large = ByteBuffer.allocate(head.length());
      while (large.hasRemaining() && segment.file().read(large, offset + large.position()) >= 0) {
        // Until all is read or the file ends.
      }
      if (large.hasRemaining()) {
        throw new EOFException("segment " + segment.id() + " ends within the record at " + offset);
      }
      return large.flip();
    }
    int start = load(segment, offset, head.length(), offset + head.length());
    return window.slice(start, head.length());
  }

  private int check(Segment segment, long offset, RecordHead head, byte @Nullable [] set)
      throws IOException {
    crc.reset();
    long at = offset + head.headBytes();
    long end = offset + head.length();
    int done = 0;
    while (at < end) {
      int bytes = (int) Math.min(end - at, windowBytes);
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

  /**
   * The next offset where the head of a record of a known type may be, or {@code end}. Skips zeros
   * fast; the caller must still check the head.
   */
  long likelyHead(Segment segment, long from, long end) throws IOException {
    for (long at = from; at <= end - RecordLayout.HEAD_BYTES; ) {
      int start = load(segment, at, RecordLayout.HEAD_BYTES, end);
      int last = window.limit() - RecordLayout.HEAD_BYTES;
      for (int i = start; i <= last; i++) {
        if (i + 8 <= window.limit() && window.getLong(i) == 0) {
          // A head here, or at the next four bytes, would have the length 0.
          i += 4;
        } else if (RecordLayout.known(window.get(i + 8), window.get(i + 9))
            && RecordLayout.plausible(window, i, end - (windowStart + i))) {
          return windowStart + i;
        }
      }
      at = windowStart + last + 1;
    }
    return end;
  }

  /** Whether a range of a file is all zeros. */
  boolean zero(Segment segment, long from, long to) throws IOException {
    for (long at = from; at < to; ) {
      int bytes = (int) Math.min(to - at, windowBytes);
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

  private void fill(Segment from, long offset) throws IOException {
    while (window.hasRemaining()) {
      if (from.file().read(window, offset + window.position()) < 0) {
        return;
      }
    }
  }

  private void grow(int wanted) {
    if (window.capacity() < wanted) {
      int rounded = Math.max(MIN_WINDOW_BYTES, Integer.highestOneBit(wanted - 1) << 1);
      window = ByteBuffer.allocateDirect(Math.min(windowBytes, rounded));
    }
  }

  /**
   * Moves the window over {@code [offset, offset + bytes)}; returns the index of {@code offset} in
   * it.
   */
  private int load(Segment wanted, long offset, int bytes, long end) throws IOException {
    if (segment == wanted
        && offset >= windowStart
        && offset + bytes <= windowStart + window.limit()) {
      return (int) (offset - windowStart);
    }
    segment = null;
    int most = (int) Math.min(windowBytes, Math.max(bytes, end - offset));
    grow(most);
    for (int tries = 1; ; tries++) {
      window.clear().limit(most);
      try {
        fill(wanted, offset);
        break;
      } catch (IOException | InternalError e) {
        if (tries == mostTries) {
          throw e;
        }
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
