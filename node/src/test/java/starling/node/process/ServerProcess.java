package starling.node.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * One process of the packaged jar, as a user would start it, run by the JVM that {@code test.java}
 * names. What it prints goes to files. Its standard input is a pipe from this JVM, so that a node
 * told to end with it never outlives the tests.
 */
final class ServerProcess {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  static final Path JAR = jar();

  private final Process process;
  private final Path out;
  private final Path err;

  private ServerProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** The result of a command that ended by itself. */
  record Ended(int status, String out, String err) {
    List<String> errLines() {
      return err.lines().toList();
    }
  }

  static ServerProcess start(Path directory, String name, List<String> args) {
    return start(directory, name, args, Map.of());
  }

  static ServerProcess start(
      Path directory, String name, List<String> args, Map<String, String> environment) {
    return startAny(directory, name, command(args), environment);
  }

  /** The same with a limit of files and sockets, set by the shell. */
  static ServerProcess startWithin(
      int descriptors, Path directory, String name, List<String> args) {
    String script = "ulimit -n " + descriptors + " && exec \"$@\"";
    List<String> limited = new ArrayList<>(List.of("bash", "-c", script, "limited"));
    limited.addAll(command(args));
    return startAny(directory, name, limited, Map.of());
  }

  private static List<String> command(List<String> args) {
    List<String> command = new ArrayList<>(command());
    command.addAll(args);
    return command;
  }

  /** Any command, for scripts around the jar. */
  static ServerProcess startAny(
      Path directory, String name, List<String> command, Map<String, String> environment) {
    Path out = directory.resolve(name + ".out");
    Path err = directory.resolve(name + ".err");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(variable -> variable.startsWith("STARLING_"));
    builder.environment().putAll(environment);
    builder.redirectOutput(out.toFile());
    builder.redirectError(err.toFile());
    try {
      return new ServerProcess(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command of the jar to its end. */
  static Ended run(Path directory, String... args) {
    return run(directory, Map.of(), args);
  }

  static Ended run(Path directory, Map<String, String> environment, String... args) {
    return start(directory, "command-" + System.nanoTime(), List.of(args), environment).await();
  }

  static List<String> java() {
    return List.of(
        System.getProperty("test.java", Path.of(System.getProperty("java.home"), "bin/java") + ""),
        "-Xmx256m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1");
  }

  /** What stands before the arguments of a command of the jar. */
  static List<String> command(String... flags) {
    List<String> command = new ArrayList<>(java());
    command.addAll(SharedClasses.flags());
    command.addAll(List.of(flags));
    command.addAll(List.of("-jar", JAR.toString()));
    return command;
  }

  /** The root of the sources, where {@code deploy} lies. */
  static Path root() {
    return JAR.getParent().getParent().getParent();
  }

  private static Path jar() {
    for (String place : List.of("target/starling.jar", "node/target/starling.jar")) {
      Path jar = Path.of(place).toAbsolutePath();
      if (Files.exists(jar)) {
        return jar;
      }
    }
    throw new IllegalStateException("node/target/starling.jar is not built: mvn package");
  }

  long pid() {
    return process.pid();
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  boolean alive() {
    return process.isAlive();
  }

  String out() {
    return read(out);
  }

  String err() {
    return read(err);
  }

  /** Sends a signal by its name, such as STOP. */
  void signal(String name) {
    try {
      int status =
          new ProcessBuilder("kill", "-" + name, String.valueOf(pid()))
              .redirectErrorStream(true)
              .start()
              .waitFor();
      if (status != 0) {
        throw new IllegalStateException("kill -" + name + " ended with " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** kill -9, and waits until it is gone. */
  void kill() {
    process.destroyForcibly();
    await();
  }

  /** Waits for the end, which must come. */
  Ended await() {
    return await(PATIENCE);
  }

  Ended await(Duration patience) {
    try {
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("still running after " + patience + "\n" + transcript());
      }
      return new Ended(process.exitValue(), out(), err());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Waits until the process has printed a line that begins so, and gives the line. */
  String awaitLine(String beginning) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              String text = out();
              for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n")) {
                if (line.startsWith(beginning)) {
                  return line;
                }
              }
              if (!alive()) {
                throw new AssertionError("ended with " + process.exitValue() + transcript());
              }
              return "";
            },
            line -> !line.isEmpty());
  }

  String transcript() {
    return "\n--- out\n" + out() + "\n--- err\n" + err();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
