package starling.client;

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
import starling.node.main.LocalNodes;

/** The program of the README does what it says. */
class ReadmeProgramTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void theProgramCompilesAndRuns() throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assumeThat(compiler).as("a JDK with its compiler").isNotNull();
    String readme = Files.readString(Path.of("..", "client", "README.md"));
    int begin = readme.indexOf("```java\n") + 8;
    Path source = directory.resolve("Shop.java");
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
    try (LocalNodes nodes = LocalNodes.start(3);
        URLClassLoader classes =
            new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      classes
          .loadClass("Shop")
          .getMethod("main", String[].class)
          .invoke(null, (Object) nodes.http().toArray(new String[0]));
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .contains("[milk, tea]", "[bread, tea]")
                    // Siblings have no order.
                    .containsPattern(" are one cart: (\\[milk, tea, bread]|\\[bread, tea, milk])$"),
            line -> assertThat(line).isEqualTo("[bread, jam, milk, tea]"),
            line -> assertThat(line).startsWith("NOTHING_WRITTEN after ").contains("status 412"));
  }
}
