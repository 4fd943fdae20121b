package starling.node.main;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents and scripts name every option, and none that is not there. */
class DocumentedOptionsTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern ROW = Pattern.compile("^\\| (`[a-z][^|]*) \\|", Pattern.MULTILINE);
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  /** Groups of options; a word that begins so and goes on is one of them. */
  private static final String GROUPS =
      Arrays.stream(Option.values())
          .map(Option::path)
          .filter(path -> path.contains("."))
          .map(path -> path.substring(0, path.indexOf('.')))
          .distinct()
          .collect(Collectors.joining("|"));

  private static final Pattern IN_TEXT =
      Pattern.compile("(?:`|--set )\"?((?:" + GROUPS + ")\\.[A-Za-z][A-Za-z.]*[A-Za-z])(?=[`= ])");

  private static List<Path> documents() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files.filter(Files::isRegularFile).filter(DocumentedOptionsTest::isDocument).toList();
    }
  }

  private static boolean isDocument(Path file) {
    String path = ROOT.relativize(file).toString();
    return !path.contains("target/")
        && !path.startsWith(".git/")
        && (path.endsWith(".md") || path.startsWith("deploy/"));
  }

  /** Options in the first columns of tables; {@code .r} behind {@code buckets.default.n} is one. */
  private static Set<String> inTables() throws IOException {
    Set<String> named = new TreeSet<>();
    for (Path document : documents()) {
      Matcher row = ROW.matcher(Files.readString(document));
      while (row.find()) {
        String group = "";
        Matcher quoted = QUOTED.matcher(row.group(1));
        while (quoted.find()) {
          String path = quoted.group(1);
          if (path.startsWith(".")) {
            path = group + path;
          } else if (path.contains(".")) {
            group = path.substring(0, path.lastIndexOf('.'));
          }
          named.add(path);
        }
      }
    }
    return named;
  }

  @Test
  void everyOptionIsInATable() throws IOException {
    assertThat(inTables()).containsAll(Arrays.stream(Option.values()).map(Option::path).toList());
  }

  @Test
  void everyOptionThatIsNamedExists() throws IOException {
    Set<String> named = new TreeSet<>();
    for (Path document : documents()) {
      Matcher option = IN_TEXT.matcher(Files.readString(document));
      while (option.find()) {
        named.add(option.group(1));
      }
    }
    assertThat(named).contains("limits.hedgeDelayMs", "buckets.default.n");
    assertThat(named).allMatch(path -> Option.of(path) != null || isSource(path));
  }

  /** A group may be named like a package or a file, such as {@code storage.index}. */
  private static boolean isSource(String path) {
    return path.matches("[a-z]+\\.(md|svg|index)");
  }
}
