package starling.client;

import java.nio.charset.StandardCharsets;
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
  private static final int NO_BODY_BEGIN = 204;
  private static final int NOT_MODIFIED = 304;
  private static final int STATUS_AT = 9;

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
      if (to - from > STATUS_AT) {
        requireHttp();
      }
      return false;
    }
    int lineEnd = lineEnd(from);
    Answer next = new Answer(status(lineEnd));
    Framing framing = new Framing();
    for (int line = lineEnd + 1; line < end; ) {
      int stop = lineEnd(line);
      header(next, framing, line, stop - 1);
      line = stop + 1;
    }
    from = end + 4;
    if (next.status < 200) {
      if (next.status == 101) {
        throw new GarbageException("a change of protocol");
      }
      return true;
    }
    closing |= framing.close;
    answer = next;
    return begin(next, framing, done);
  }

  private static final class Framing {
    long length = -1;
    boolean chunked;
    boolean close;
  }

  private void requireHttp() throws GarbageException {
    byte[] begin = {'H', 'T', 'T', 'P', '/', '1', '.'};
    if (!Arrays.equals(bytes, from, from + begin.length, begin, 0, begin.length)) {
      throw new GarbageException("an answer that is not HTTP/1.1");
    }
  }

  private int status(int lineEnd) throws GarbageException {
    if (lineEnd - from < STATUS_AT + 3) {
      throw new GarbageException("an answer that is not HTTP/1.1");
    }
    requireHttp();
    int status = 0;
    for (int i = from + STATUS_AT; i < from + STATUS_AT + 3; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        throw new GarbageException("a status that is no number");
      }
      status = status * 10 + digit;
    }
    return status;
  }

  private void header(Answer next, Framing framing, int begin, int end) throws GarbageException {
    int colon = begin;
    while (colon < end && bytes[colon] != ':') {
      // Names are compared in lower case.
      if (bytes[colon] >= 'A' && bytes[colon] <= 'Z') {
        bytes[colon] = (byte) (bytes[colon] + ('a' - 'A'));
      }
      colon++;
    }
    if (colon == end || colon == begin) {
      throw new GarbageException("a header without a name");
    }
    String name = latin(begin, colon);
    String value = latin(colon + 1, end).strip();
    switch (name) {
      case "content-length" -> framing.length = length(value);
      case "transfer-encoding" -> {
        if (!value.equalsIgnoreCase("chunked")) {
          throw new GarbageException("the transfer coding '" + value + "'");
        }
        framing.chunked = true;
      }
      case "connection" -> framing.close |= value.equalsIgnoreCase("close");
      default -> next.header(name, value);
    }
  }

  private String latin(int begin, int end) {
    return new String(bytes, begin, end - begin, StandardCharsets.ISO_8859_1);
  }

  private static long length(String value) throws GarbageException {
    long length = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9 || length > MAX_BODY_BYTES) {
        throw new GarbageException("the length '" + value + "'");
      }
      length = length * 10 + digit;
    }
    if (value.isEmpty() || length > MAX_BODY_BYTES) {
      throw new GarbageException("the length '" + value + "'");
    }
    return length;
  }

  private boolean begin(Answer next, Framing framing, Consumer<Answer> done)
      throws GarbageException {
    bodyLength = 0;
    if (next.status == NO_BODY_BEGIN || next.status == NOT_MODIFIED) {
      end(WireRequest.NO_BODY, done);
    } else if (framing.chunked) {
      body = new byte[FIRST_CAPACITY];
      part = Part.CHUNK_SIZE;
    } else if (framing.length >= 0) {
      body = new byte[(int) framing.length];
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
    String line = latin(from, end).strip();
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
