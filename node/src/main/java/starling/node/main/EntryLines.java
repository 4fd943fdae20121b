package starling.node.main;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The lines of an export, with their numbers and with the bytes before each. */
final class EntryLines {
  /** Above any set that clients can make, in base64. */
  private static final int MAX_BYTES = 64 << 20;

  private final InputStream in;
  private long begin;
  private long offset;
  private long number;

  /**
   * @param offset of the first byte of the stream in its file
   */
  EntryLines(InputStream in, long offset) {
    this.in = in;
    this.offset = offset;
  }

  /** The next whole line without its end; null at the end, also within a line. */
  @Nullable String next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        return null;
      }
      if (line.size() == MAX_BYTES) {
        throw new CommandFailedException(
            "line " + (number + 1) + " is no entry: it has more than " + MAX_BYTES + " bytes");
      }
      line.write(b);
    }
    begin = offset;
    offset += line.size() + 1L;
    number++;
    return line.toString(StandardCharsets.UTF_8);
  }

  /** The bytes before the last line. */
  long begin() {
    return begin;
  }

  /** The bytes before the next line. */
  long offset() {
    return offset;
  }

  /** The number of the last line, from 1. */
  long number() {
    return number;
  }

  /** Begins to count behind this line. */
  void number(long last) {
    number = last;
  }
}
