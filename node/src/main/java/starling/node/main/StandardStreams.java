package starling.node.main;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Standard input, output and error of one command. Text leaves as UTF-8 in every locale, bytes
 * leave as they are. The writers of the JDK hide failures, so this class stores the first failure
 * of the output: a command whose output is lost has failed.
 */
final class StandardStreams {
  /** The largest value that a node accepts; the input is not read beyond it. */
  static final int MAX_VALUE_BYTES = 64 << 20;

  private final InputStream in;
  private final Recorded bytes;
  private final PrintWriter out;
  private final PrintWriter err;

  StandardStreams(InputStream in, OutputStream out, OutputStream err) {
    this.in = in;
    this.bytes = new Recorded(out);
    this.out = writer(bytes);
    this.err = writer(err);
  }

  /**
   * The streams of the process. {@link System#out} and {@link System#err} print UTF-8 from then on.
   */
  static StandardStreams ofProcess() {
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    OutputStream err = new FileOutputStream(FileDescriptor.err);
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    return new StandardStreams(
        inputClosed() ? new ClosedInput() : new FileInputStream(FileDescriptor.in), out, err);
  }

  /**
   * Whether the process was started without an input. Its number then goes to the first file that
   * the JVM opens, one of its own, which would be read as if it were the input.
   */
  private static boolean inputClosed() {
    try {
      Path input = Files.readSymbolicLink(Path.of("/proc/self/fd/0"));
      return input.startsWith(Path.of(System.getProperty("java.home", "")).toRealPath());
    } catch (IOException | InvalidPathException | UnsupportedOperationException e) {
      // Not Linux: the JVM reports a closed input itself.
      return false;
    }
  }

  private static PrintWriter writer(OutputStream bytes) {
    return new PrintWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8), true);
  }

  PrintWriter out() {
    return out;
  }

  PrintWriter err() {
    return err;
  }

  /** Writes bytes to the output; {@link #failure} returns a failure. */
  void write(byte[] value) {
    out.flush();
    try {
      bytes.write(value);
      bytes.flush();
    } catch (IOException e) {
      // The stream stores it.
    }
  }

  /** Why the output could not be written, or null if all of it was. */
  @Nullable String failure() {
    out.flush();
    return bytes.failure == null ? null : FileNames.reason(bytes.failure);
  }

  /** The input, to be read as it comes. */
  InputStream in() {
    return in;
  }

  /** All of the input, as it is. */
  byte[] readAll() {
    try {
      return bounded(in, "standard input");
    } catch (IOException e) {
      throw new CommandFailedException("standard input cannot be read: " + FileNames.reason(e), e);
    }
  }

  /**
   * All bytes of a stream.
   *
   * @throws ConfigException if a value may not have so many
   */
  static byte[] bounded(InputStream from, String source) throws IOException {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    byte[] part = new byte[64 << 10];
    for (int count = from.read(part); count >= 0; count = from.read(part)) {
      if (count > MAX_VALUE_BYTES - value.size()) {
        throw new ConfigException(
            source + " holds more than " + MAX_VALUE_BYTES + " bytes, the most that a value has");
      }
      value.write(part, 0, count);
    }
    return value.toByteArray();
  }

  /** Fails each read. */
  private static final class ClosedInput extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("it is closed");
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return read();
    }
  }

  /** Keeps the first failure. */
  private static final class Recorded extends FilterOutputStream {
    private @Nullable IOException failure;

    Recorded(OutputStream to) {
      super(to);
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      try {
        out.write(from, offset, length);
      } catch (IOException e) {
        throw kept(e);
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (IOException e) {
        throw kept(e);
      }
    }

    private IOException kept(IOException e) {
      if (failure == null) {
        failure = e;
      }
      return e;
    }
  }
}
