package starling.client;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of one connection into responses (RFC 9112). Strict where nodes are: a response
 * has a length or chunks. Bounded: 64 KiB of headers, 64 MiB of body. Pure: bytes in, responses
 * out, in whatever pieces they come.
 */
final class Http1Reader {
  static final int MAX_HEAD_BYTES = 64 << 10;
  static final int MAX_BODY_BYTES = 64 << 20;

  private static final int FIRST_CAPACITY = 2048;

  /** The peer does not speak HTTP/1.1 as nodes do. */
  static final class GarbageException extends Exception {
    private static final long serialVersionUID = 1;

    GarbageException(String message) {
      super(message);
    }
  }

  private enum Part {
    HEAD,
    BODY,
    CHUNK_SIZE,
    CHUNK,
    CHUNK_END,
    TRAILER
  }

  private byte[] bytes = new byte[FIRST_CAPACITY];
  private int from;
  private int to;
  private Part part = Part.HEAD;
  private @Nullable Answer answer;
  private int left;
  private byte[] body = WireRequest.NO_BODY;
  private int bodyLength;
  private boolean closing;

  /** Whether the last response says that the node closes the connection after it. */
  boolean closing() {
    return closing && part == Part.HEAD;
  }

  /** Takes bytes and passes on the responses that they complete. */
  void read(byte[] more, Consumer<Answer> done) throws GarbageException {
    append(more);
    boolean goesOn = true;
    while (goesOn) {
      goesOn =
          switch (part) {
            case HEAD -> head(done);
            case BODY -> body(done);
            case CHUNK_SIZE -> chunkSize();
            case CHUNK -> chunk();
            case CHUNK_END -> chunkEnd();
            case TRAILER -> trailer(done);
          };
    }
    if (from == to) {
      from = 0;
      to = 0;
    }
  }

  private void append(byte[] more) {
    if (to + more.length > bytes.length) {
      int kept = to - from;
      byte[] target =
          kept + more.length > bytes.length
              ? new byte[Math.max(bytes.length * 2, kept + more.length)]
              : bytes;
      System.arraycopy(bytes, from, target, 0, kept);
      bytes = target;
      from = 0;
      to = kept;
    }
    System.arraycopy(more, 0, bytes, to, more.length);
    to += more.length;
  }

  /** The end of the line that begins at a place: the offset of its line feed, or -1. */
  private int lineEnd(int begin) {
    for (int i = begin; i < to; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private boolean head(Consumer<Answer> done) throws GarbageException {
    int end = -1;
    for (int i = from; i + 3 < to; i++) {
      if (bytes[i] == '\r'
          && bytes[i + 1] == '\n'
          && bytes[i + 2] == '\r'
          && bytes[i + 3] == '\n') {
        end = i;
        break;
      }
    }
    if (end < 0) {
      if (to - from > MAX_HEAD_BYTES) {
        throw new GarbageException("headers of more than " + MAX_HEAD_BYTES + " bytes");
      }
      if (to - from > Http1Head.STATUS_AT) {
        Http1Head.requireHttp(bytes, from);
      }
      return false;
    }
    int lineEnd = lineEnd(from);
    Http1Head head = Http1Head.read(bytes, from, lineEnd);
    for (int line = lineEnd + 1; line < end; ) {
      int stop = lineEnd(line);
      head.header(bytes, line, stop - 1);
      line = stop + 1;
    }
    from = end + 4;
    if (head.interim()) {
      return true;
    }
    closing |= head.close();
    answer = head.answer();
    return begin(head, done);
  }

  private boolean begin(Http1Head head, Consumer<Answer> done) throws GarbageException {
    bodyLength = 0;
    if (head.bodiless()) {
      end(WireRequest.NO_BODY, done);
    } else if (head.chunked()) {
      body = new byte[FIRST_CAPACITY];
      part = Part.CHUNK_SIZE;
    } else if (head.length() >= 0) {
      body = new byte[(int) head.length()];
      part = Part.BODY;
    } else {
      throw new GarbageException("an answer without a length");
    }
    return true;
  }

  private boolean body(Consumer<Answer> done) {
    take(body.length - bodyLength);
    if (bodyLength < body.length) {
      return false;
    }
    end(body, done);
    return true;
  }

  private int take(int wanted) {
    int taken = Math.min(wanted, to - from);
    System.arraycopy(bytes, from, body, bodyLength, taken);
    from += taken;
    bodyLength += taken;
    return taken;
  }

  private boolean chunkSize() throws GarbageException {
    int end = lineEnd(from);
    if (end < 0) {
      return false;
    }
    String line = Http1Head.latin(bytes, from, end).strip();
    int semicolon = line.indexOf(';');
    String hex = semicolon < 0 ? line : line.substring(0, semicolon).strip();
    try {
      left = hex.length() > 8 ? -1 : (int) Long.parseLong(hex, 16);
    } catch (NumberFormatException e) {
      left = -1;
    }
    if (left < 0 || (long) bodyLength + left > MAX_BODY_BYTES) {
      throw new GarbageException("a chunk of the length '" + hex + "'");
    }
    from = end + 1;
    part = left == 0 ? Part.TRAILER : Part.CHUNK;
    if (bodyLength + left > body.length) {
      body = Arrays.copyOf(body, Math.max(body.length * 2, bodyLength + left));
    }
    return true;
  }

  private boolean chunk() {
    left -= take(left);
    if (left > 0) {
      return false;
    }
    part = Part.CHUNK_END;
    return true;
  }

  private boolean chunkEnd() throws GarbageException {
    if (to - from < 2) {
      return false;
    }
    if (bytes[from] != '\r' || bytes[from + 1] != '\n') {
      throw new GarbageException("a chunk longer than its length");
    }
    from += 2;
    part = Part.CHUNK_SIZE;
    return true;
  }

  private boolean trailer(Consumer<Answer> done) {
    int end = lineEnd(from);
    if (end < 0) {
      return false;
    }
    boolean last = end - from <= 1;
    from = end + 1;
    if (last) {
      end(Arrays.copyOf(body, bodyLength), done);
    }
    return true;
  }

  private void end(byte[] content, Consumer<Answer> done) {
    Answer complete = answer;
    part = Part.HEAD;
    answer = null;
    body = WireRequest.NO_BODY;
    if (complete != null) {
      complete.body = content;
      done.accept(complete);
    }
  }
}
