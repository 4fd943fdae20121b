package starling.node.main;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where memory is exhausted, the process ends; where something else is short, it does not. */
class OutOfMemoryTest {
  private static final String LINE = "starling: out of memory (";

  private record Ended(int status, String out, String err) {}

  private static Ended run(String where, String what, String... flags)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx20m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(OutOfMemoryProgram.class.getName(), where, what));
    Path out = Files.createTempFile("out-of-memory", ".out");
    Path err = Files.createTempFile("out-of-memory", ".err");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
      } finally {
        process.destroyForcibly();
      }
      return new Ended(process.exitValue(), read(out), read(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "thread, heap",
    "loop, heap",
    "log-writer, direct",
    "reader, heap",
    "library, direct"
  })
  void itEndsTheProcessWithOneLineAndStatusThree(String where, String what)
      throws IOException, InterruptedException {
    Ended ended = run(where, what);
    assertThat(ended.status()).as(ended.toString()).isEqualTo(3);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err().lines().filter(line -> line.startsWith(LINE)))
        .as(ended.err())
        .singleElement()
        .asString()
        .contains(what.equals("heap") ? "Java heap space" : "direct buffer", "-Xmx");
  }

  @Test
  void theFlagOfLaunchersEndsItAtTheThrow() throws IOException, InterruptedException {
    Ended ended = run("library", "heap", ServeCommand.EXIT_FLAG);
    assertThat(ended.status()).as(ended.toString()).isEqualTo(3);
    assertThat(ended.out()).contains("Terminating due to java.lang.OutOfMemoryError");
  }

  @ParameterizedTest
  @CsvSource({"log-writer, threads", "loop, stack"})
  void whatCanPassEndsItsOwnTaskOnly(String where, String what)
      throws IOException, InterruptedException {
    Ended ended = run(where, what, ServeCommand.EXIT_FLAG);
    assertThat(ended.status()).as(ended.toString()).isZero();
    assertThat(ended.out()).isEqualToIgnoringNewLines("goes on");
    assertThat(ended.err()).contains("an error ended").doesNotContain(LINE);
  }

  /** A catch of errors that went on would make a hole where the memory was missing. */
  @Test
  void everyCatchOfErrorsAsksForMemoryFirst() throws IOException {
    Pattern caught =
        Pattern.compile("catch \\((?:Throwable|[\\w| ]*\\bError) (\\w+)\\) \\{\\s*(\\S[^\\n]*)");
    List<String> wrong = new ArrayList<>();
    int found = 0;
    for (Path file : files(root().resolve("node/src/main/java"))) {
      Matcher matcher = caught.matcher(read(file));
      while (matcher.find()) {
        found++;
        if (!matcher.group(2).equals("OutOfMemory.endsProcess(" + matcher.group(1) + ");")) {
          wrong.add(file.getFileName() + ": " + matcher.group());
        }
      }
    }
    assertThat(found).isGreaterThan(50);
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyLauncherOfNodesHasTheFlag() throws IOException {
    List<String> without = new ArrayList<>();
    int found = 0;
    for (Path file : files(root().resolve("deploy"))) {
      String text = read(file);
      if (text.startsWith("#!") && text.matches("(?s).*-jar \\S+ (serve|demo).*")) {
        found++;
        if (!text.contains(ServeCommand.EXIT_FLAG + " -jar")) {
          without.add(file.toString());
        }
      }
    }
    assertThat(read(root().resolve("node/src/main/java/starling/node/main/DemoNode.java")))
        .contains("ServeCommand.EXIT_FLAG");
    assertThat(found).isGreaterThan(2);
    assertThat(without).isEmpty();
  }

  private static List<Path> files(Path under) throws IOException {
    try (Stream<Path> all = Files.walk(under)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("deploy")) ? here : here.getParent();
  }
}
