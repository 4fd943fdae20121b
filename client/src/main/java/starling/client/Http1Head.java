package starling.client;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Status line and headers of one response. */
final class Http1Head {
  /** Where the status begins in the first line. */
  static final int STATUS_AT = 9;

  private static final byte[] VERSION = {'H', 'T', 'T', 'P', '/', '1', '.'};
  private static final int SWITCHING = 101;
  private static final int FINAL = 200;
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  private final Answer answer;
  private long length = -1;
  private boolean chunked;
  private boolean close;

  private Http1Head(Answer answer) {
    this.answer = answer;
  }

  /** Fails unless the bytes begin as a response does. */
  static void requireHttp(byte[] bytes, int from) throws Http1Reader.GarbageException {
    if (!Arrays.equals(bytes, from, from + VERSION.length, VERSION, 0, VERSION.length)) {
      throw new Http1Reader.GarbageException("an answer that is not HTTP/1.1");
    }
  }

  /** Reads the status line, which ends at {@code lineEnd}. */
  static Http1Head read(byte[] bytes, int from, int lineEnd) throws Http1Reader.GarbageException {
    if (lineEnd - from < STATUS_AT + 3) {
      throw new Http1Reader.GarbageException("an answer that is not HTTP/1.1");
    }
    requireHttp(bytes, from);
    int status = 0;
    for (int i = from + STATUS_AT; i < from + STATUS_AT + 3; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        throw new Http1Reader.GarbageException("a status that is no number");
      }
      status = status * 10 + digit;
    }
    if (status == SWITCHING) {
      throw new Http1Reader.GarbageException("a change of protocol");
    }
    return new Http1Head(new Answer(status));
  }

  /** Takes the header between two offsets; its name becomes lower case. */
  void header(byte[] bytes, int begin, int end) throws Http1Reader.GarbageException {
    int colon = begin;
    while (colon < end && bytes[colon] != ':') {
      if (bytes[colon] >= 'A' && bytes[colon] <= 'Z') {
        bytes[colon] = (byte) (bytes[colon] + ('a' - 'A'));
      }
      colon++;
    }
    if (colon == end || colon == begin) {
      throw new Http1Reader.GarbageException("a header without a name");
    }
    String name = latin(bytes, begin, colon);
    String value = latin(bytes, colon + 1, end).strip();
    switch (name) {
      case "content-length" -> length = length(value);
      case "transfer-encoding" -> {
        if (!value.equalsIgnoreCase("chunked")) {
          throw new Http1Reader.GarbageException("the transfer coding '" + value + "'");
        }
        chunked = true;
      }
      case "connection" -> close |= value.equalsIgnoreCase("close");
      default -> answer.header(name, value);
    }
  }

  static String latin(byte[] bytes, int begin, int end) {
    return new String(bytes, begin, end - begin, StandardCharsets.ISO_8859_1);
  }

  private static long length(String value) throws Http1Reader.GarbageException {
    long length = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9 || length > Http1Reader.MAX_BODY_BYTES) {
        throw new Http1Reader.GarbageException("the length '" + value + "'");
      }
      length = length * 10 + digit;
    }
    if (value.isEmpty() || length > Http1Reader.MAX_BODY_BYTES) {
      throw new Http1Reader.GarbageException("the length '" + value + "'");
    }
    return length;
  }

  Answer answer() {
    return answer;
  }

  /** Whether the response proper is still to come. */
  boolean interim() {
    return answer.status < FINAL;
  }

  boolean bodiless() {
    return answer.status == NO_CONTENT || answer.status == NOT_MODIFIED;
  }

  /** -1 where there is no length. */
  long length() {
    return length;
  }

  boolean chunked() {
    return chunked;
  }

  /** Whether the node closes the connection after this response. */
  boolean close() {
    return close;
  }
}
