package starling.node.main;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.List;

/** Runs commands in this process, with streams of their own. */
public final class Shell {
  /** How a command ended and what it wrote, byte by byte. */
  public record Ended(int status, byte[] bytes, String err) {
    public String out() {
      return new String(bytes, UTF_8);
    }

    /** What it wrote to standard error, line by line. */
    public List<String> errLines() {
      return err.lines().toList();
    }

    @Override
    public String toString() {
      return "status " + status + ", out: " + out() + ", err: " + err;
    }
  }

  private Shell() {}

  public static Ended run(String... args) {
    return runWith(new byte[0], args);
  }

  /** The same with this on standard input. */
  static Ended runWith(byte[] input, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status = Starling.run(new StandardStreams(new ByteArrayInputStream(input), out, err), args);
    return new Ended(status, out.toByteArray(), err.toString(UTF_8));
  }

  /** Streams for commands that are not run. */
  static StandardStreams nowhere() {
    return new StandardStreams(
        new ByteArrayInputStream(new byte[0]),
        OutputStream.nullOutputStream(),
        OutputStream.nullOutputStream());
  }
}
