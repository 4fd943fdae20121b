package starling.loadgen;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;
import org.jspecify.annotations.Nullable;

/**
 * Where a run leaves its results. The log of latencies grows during the run; {@code result.json}
 * and {@code report.html} of an earlier run are replaced as wholes when this one has ended.
 */
final class OutputDirectory implements AutoCloseable {
  private static final String LOG = "latency.hlog";
  private static final String PART = ".part";

  private final Path directory;
  private final PrintStream log;
  private final Recorded bytes;
  private final HistogramLogWriter writer;

  /** Keeps the first failure, which a PrintStream hides. */
  private static final class Recorded extends OutputStream {
    private final OutputStream to;
    private @Nullable IOException failure;

    Recorded(OutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      try {
        to.write(from, offset, length);
      } catch (IOException e) {
        failure = failure == null ? e : failure;
        throw e;
      }
    }

    @Override
    public void close() throws IOException {
      to.close();
    }
  }

  /**
   * Makes the directory and the beginning of the log, so that a disk that is full shows before any
   * load.
   *
   * @throws RunFailedException if nothing can be written there
   */
  OutputDirectory(Path directory, long startMillis) {
    this.directory = directory;
    try {
      Files.createDirectories(directory);
      bytes = new Recorded(Files.newOutputStream(directory.resolve(LOG + PART)));
    } catch (IOException e) {
      throw unwritable(directory, e);
    }
    log = new PrintStream(bytes, false, StandardCharsets.UTF_8);
    writer = new HistogramLogWriter(log);
    writer.outputComment("[Latencies in ms; the tag is the kind of operation]");
    writer.outputLogFormatVersion();
    writer.outputStartTime(startMillis);
    writer.setBaseTime(startMillis);
    writer.outputLegend();
    try {
      checkLog();
    } catch (RunFailedException e) {
      discard(LOG);
      throw e;
    }
  }

  /** Adds one interval of one kind. */
  void log(String kind, Histogram nanos) {
    nanos.setTag(kind);
    writer.outputIntervalHistogram(nanos);
  }

  /**
   * Brings the log to the file system.
   *
   * @throws RunFailedException if it could not be written
   */
  void checkLog() {
    log.flush();
    IOException failure = bytes.failure;
    if (failure != null || log.checkError()) {
      log.close();
      throw unwritable(
          directory.resolve(LOG + PART), failure == null ? new IOException() : failure);
    }
  }

  /** Replaces a file as a whole. */
  void replace(String name, String text) {
    try {
      Files.writeString(directory.resolve(name + PART), text);
    } catch (IOException e) {
      discard(name);
      throw unwritable(directory.resolve(name), e);
    }
    move(name);
  }

  /** The run has ended: its log takes the place of an earlier one. */
  void finishLog() {
    checkLog();
    log.close();
    move(LOG);
  }

  private void move(String name) {
    try {
      Files.move(
          directory.resolve(name + PART),
          directory.resolve(name),
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw unwritable(directory.resolve(name), e);
    }
  }

  private static RunFailedException unwritable(Path path, IOException e) {
    String reason =
        e instanceof FileSystemException f && f.getReason() != null
            ? f.getReason()
            : e instanceof java.nio.file.FileAlreadyExistsException
                ? "there is a file of that name"
                : e instanceof java.nio.file.AccessDeniedException
                    ? "permission denied"
                    : String.valueOf(e.getMessage());
    return new RunFailedException(
        "--out: " + path + " cannot be written: " + reason + "; earlier results there are kept", e);
  }

  /** A log that is not finished is of no use. */
  @Override
  public void close() {
    log.close();
    discard(LOG);
  }

  private void discard(String name) {
    try {
      Files.deleteIfExists(directory.resolve(name + PART));
    } catch (IOException e) {
      // It is left there, and the next run replaces it.
    }
  }

  /** For logs: the wall clock of the beginning and the end of an interval. */
  static void stamp(Histogram histogram, long startMillis, long endMillis) {
    histogram.setStartTimeStamp(startMillis);
    histogram.setEndTimeStamp(endMillis);
  }
}
