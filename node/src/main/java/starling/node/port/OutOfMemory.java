package starling.node.port;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when its memory is exhausted. An {@link OutOfMemoryError} is thrown wherever the
 * next object was to be made: in the middle of a body, of a record, of a table. No caller knows
 * which work is half done, so the process ends: a restart recovers it like any crash, but nothing
 * repairs a wrong answer.
 *
 * <p>The JVM does the same by itself with {@code -XX:+ExitOnOutOfMemoryError}, at the throw and
 * before any handler. This class is for a process without that flag, and for errors that the JVM
 * does not throw itself, such as those of direct buffers.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Every catch of an error in main code asks {@link #endsProcess} before anything else.
 *   <li>This code allocates nothing: {@link #prepare} makes all it needs.
 *   <li>A shortage of threads or mappings, which may pass, does not end the process.
 * </ol>
 */
public final class OutOfMemory {
  /** The exit status; the JVM's own exit uses the same. */
  public static final int STATUS = 3;

  private static final int MAX_REASON = 160;
  private static final int MAX_CAUSES = 16;
  private static final byte[] BEGIN = ascii("starling: out of memory (");
  private static final byte[] END =
      ascii(
          "): the process ends at once. Give it a larger heap (-Xmx), or lower"
              + " http.maxBufferedBytes and storage.cacheBytes\n");
  private static final byte[] LINE = new byte[BEGIN.length + MAX_REASON + END.length];
  private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);

  /** Released first, as room for the JVM's own objects at the exit. */
  private static final byte[][] RESERVE = {new byte[256 << 10]};

  private static final Runtime RUNTIME = Runtime.getRuntime();

  /** Of several threads without memory only the first prints its line. */
  private static final Object ONE = new Object();

  private OutOfMemory() {}

  /** Runs all of this but the exit, so that no class or object is made at the end. */
  public static void prepare() {
    if (fatal(new OutOfMemoryError("Map failed")) == null) {
      print("prepared", 0);
    }
  }

  /** Does not return if the error says that memory is exhausted, or is caused by one that does. */
  public static void endsProcess(Throwable error) {
    OutOfMemoryError fatal = fatal(error);
    if (fatal != null) {
      RESERVE[0] = null;
      synchronized (ONE) {
        print(fatal.getMessage(), LINE.length);
        while (true) {
          halt();
        }
      }
    }
  }

  private static void halt() {
    try {
      RUNTIME.halt(STATUS);
    } catch (OutOfMemoryError e) {
      // The JVM needs objects for its exit, and another thread took the reserve: try once more.
    }
  }

  /** The error by which the process must end, or null. */
  static @Nullable OutOfMemoryError fatal(@Nullable Throwable error) {
    Throwable each = error;
    for (int i = 0; each != null && i < MAX_CAUSES; i++) {
      if (each instanceof OutOfMemoryError found && !passes(found.getMessage())) {
        return found;
      }
      each = each.getCause();
    }
    return null;
  }

  /** Whether a shortage of threads or of mappings is reported in the same class of error. */
  private static boolean passes(@Nullable String message) {
    return message != null
        && (message.startsWith("unable to create native thread")
            || message.startsWith("Map failed"));
  }

  private static void print(@Nullable String reason, int maxBytes) {
    int length = BEGIN.length;
    System.arraycopy(BEGIN, 0, LINE, 0, length);
    for (int i = 0; reason != null && i < reason.length() && i < MAX_REASON; i++) {
      char c = reason.charAt(i);
      LINE[length++] = (byte) (c < ' ' || c > '~' ? ' ' : c);
    }
    System.arraycopy(END, 0, LINE, length, END.length);
    try {
      STDERR.write(LINE, 0, Math.min(maxBytes, length + END.length));
    } catch (IOException | OutOfMemoryError e) {
      // The exit status still reports it.
    }
  }

  private static byte[] ascii(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) text.charAt(i);
    }
    return bytes;
  }
}
