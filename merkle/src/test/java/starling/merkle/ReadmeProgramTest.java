package starling.merkle;

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
    String readme = Files.readString(Path.of("..", "merkle", "README.md"));
    int begin = readme.indexOf("```java\n") + 8;
    Path source = directory.resolve("Compare.java");
    Files.writeString(source, readme.substring(begin, readme.indexOf("```", begin)));
    ByteArrayOutputStream findings = new ByteArrayOutputStream();
    String path = System.getProperty("java.class.path");
    String[] arguments = {"-proc:none", "-cp", path, "-d", directory.toString(), source.toString()};
    int status = compiler.run(null, findings, findings, arguments);
    assertThat(status).as(findings.toString(StandardCharsets.UTF_8)).isZero();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    URL[] classPath = {directory.toUri().toURL()};
    try (URLClassLoader classes = new URLClassLoader(classPath, getClass().getClassLoader())) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      classes
          .loadClass("Compare")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[0]);
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).lines().map(ReadmeProgramTest::kind))
        .containsExactlyInAnyOrder("EQUAL", "a sends", "a sends", "b sends", "DIFFERENT");
  }

  /** A line without positions and bytes. */
  private static String kind(String line) {
    return line.replaceFirst("(?<=sends) [0-9a-f]{16}$|, [0-9]+ bytes$", "");
  }
}
