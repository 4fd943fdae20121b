package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import starling.node.main.LocalNodes;

/** The program of the README, and the examples of the API's documentation, do what they say. */
class ReadmeProgramTest {
  private static final Path CLIENT = Path.of("..", "client");
  private static final Pattern EXAMPLE =
      Pattern.compile("<pre>\\{@code\n(.*?)\n \\* }</pre>", Pattern.DOTALL);

  private static LocalNodes nodes;

  @TempDir private Path directory = Path.of("");

  @BeforeAll
  static void start() {
    nodes = LocalNodes.start(3);
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  private void compile(String name, String text) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assumeThat(compiler).as("a JDK with its compiler").isNotNull();
    Path source = directory.resolve(name + ".java");
    Files.writeString(source, text);
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
  }

  /** What the main method of a class prints. */
  private List<String> run(String name, Object argument) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    try (URLClassLoader classes =
        new URLClassLoader(new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      classes
          .loadClass(name)
          .getMethod("main", argument.getClass())
          .invoke(null, new Object[] {argument});
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void theProgramCompilesAndRuns() throws Exception {
    String readme = Files.readString(CLIENT.resolve("README.md"));
    int begin = readme.indexOf("```java\n") + 8;
    compile("Shop", readme.substring(begin, readme.indexOf("```", begin)));
    assertThat(run("Shop", nodes.http().toArray(new String[0])))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .contains("[milk, tea]", "[bread, tea]")
                    // Siblings have no order.
                    .containsPattern(" are one cart: (\\[milk, tea, bread]|\\[bread, tea, milk])$"),
            line -> assertThat(line).isEqualTo("[bread, jam, milk, tea]"),
            line -> assertThat(line).startsWith("NOTHING_WRITTEN after ").contains("status 412"));
  }

  @Test
  void theExamplesOfTheDocumentationCompileAndRun() throws Exception {
    List<Path> sources;
    try (Stream<Path> walk = Files.walk(CLIENT.resolve("src/main/java"))) {
      sources = walk.filter(each -> each.toString().endsWith(".java")).sorted().toList();
    }
    java.util.ArrayList<String> printed = new java.util.ArrayList<>();
    int examples = 0;
    try (Starling starling = Starling.connect(nodes.http().get(0)).with(Behavior.PATIENT)) {
      for (Path source : sources) {
        Matcher matcher = EXAMPLE.matcher(Files.readString(source));
        while (matcher.find()) {
          String name = "Example" + ++examples;
          compile(name, program(name, matcher.group(1)));
          printed.addAll(run(name, starling));
        }
      }
    }
    assertThat(examples).isEqualTo(4);
    assertThat(printed).contains("tags: 2", "she sees Ada Byron", "Ada Lovelace");
  }

  /** An example as a program, whose client is given unless it makes one of its own. */
  private static String program(String name, String example) {
    String body =
        example.replaceAll("(?m)^ \\* ?", "").replace("127.0.0.1:8080", nodes.http().get(0));
    String given = body.contains("Starling starling =") ? "given" : "starling";
    return "import java.util.*;\nimport starling.client.*;\npublic class "
        + name
        + " {\n  public static void main(Starling "
        + given
        + ") throws Exception {\n"
        + body
        + "\n  }\n}\n";
  }
}
