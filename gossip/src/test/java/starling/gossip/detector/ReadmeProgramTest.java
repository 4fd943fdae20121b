package starling.gossip.detector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of the README does what it says. */
class ReadmeProgramTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void theProgramCompilesAndRuns() throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assumeThat(compiler).as("a JDK with its compiler").isNotNull();
    String readme = Files.readString(Path.of("..", "gossip", "README.md"));
    int begin = readme.indexOf("```java\n") + 8;
    Path source = directory.resolve("Alive.java");
    Files.writeString(source, readme.substring(begin, readme.indexOf("```", begin)));
    ByteArrayOutputStream findings = new ByteArrayOutputStream();
    int status =
        compiler.run(
            null,
            findings,
            findings,
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            directory.toString(),
            source.toString());
    assertThat(status).as(findings.toString(StandardCharsets.UTF_8)).isZero();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    URL[] path = {directory.toUri().toURL()};
    try (URLClassLoader classes = new URLClassLoader(path, getClass().getClassLoader())) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      classes
          .loadClass("Alive")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[0]);
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .contains("a sees b alive", "b sees c alive", "c sees a alive")
        .contains("a sees c dead", "b sees c dead")
        .doesNotContain("a sees b dead", "b sees a dead");
  }
}
