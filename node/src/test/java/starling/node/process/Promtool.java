package starling.node.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Prometheus's own check of metrics, where it is on this machine. */
final class Promtool {
  static final String MISSING =
      "promtool is not on the PATH (Debian's package prometheus has it): metrics are not checked";

  private final Path program;

  private Promtool(Path program) {
    this.program = program;
  }

  static Optional<Promtool> find() {
    String path = System.getenv("PATH");
    return Stream.of(path == null ? new String[0] : path.split(File.pathSeparator))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, "promtool"))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Promtool::new);
  }

  /** What it says to the metrics, with its status; "0" and no line if it finds nothing. */
  String check(String metrics) {
    try {
      Path in = Files.createTempFile("starling-metrics-", ".txt");
      Path out = Files.createTempFile("starling-promtool-", ".txt");
      try {
        Files.writeString(in, metrics, StandardCharsets.UTF_8);
        Process process =
            new ProcessBuilder(program.toString(), "check", "metrics")
                .redirectInput(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        return (process.waitFor() + "\n" + Files.readString(out)).strip();
      } finally {
        Files.delete(in);
        Files.delete(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
