package starling.node.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import starling.node.runtime.metrics.Exposition;

/** What the documents and scripts of the project say of its metrics. */
final class MetricsDocument {
  private static final Path ROOT = Path.of("..");

  /** Lists every metric of ours. */
  static final Path TABLE = ROOT.resolve("deploy/metrics.md");

  private static final Pattern NAME = Pattern.compile("\\bstarling_[a-z0-9_]+");
  private static final Pattern ROW = Pattern.compile("\\| `(starling_[a-z0-9_]+)` \\|.*\\|");

  private MetricsDocument() {}

  /** The row of the table that tells of a metric. */
  static String row(Exposition.Family family) {
    return String.join(
        " | ",
        "| `" + family.name() + "`",
        family.type(),
        family.labels().isEmpty() ? "" : "`" + String.join("`, `", family.labels()) + "`",
        family.help() + " |");
  }

  /** The rows that the table has, by the metric's name. */
  static Map<String, String> rows() {
    Map<String, String> rows = new LinkedHashMap<>();
    for (String line : read(TABLE).lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        rows.put(row.group(1), line);
      }
    }
    return rows;
  }

  /**
   * The names in all documents, in {@code deploy} and in the description of the API, without the
   * endings of a histogram's parts. A name with an underscore at its end means all that begin so.
   */
  static Set<String> mentioned() {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.walk(ROOT)) {
      for (Path file : files.filter(MetricsDocument::isDocument).toList()) {
        Matcher name = NAME.matcher(read(file));
        while (name.find()) {
          names.add(name.group());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return names;
  }

  private static boolean isDocument(Path file) {
    String path = ROOT.relativize(file).toString();
    return Files.isRegularFile(file)
        && !path.contains("target/")
        && !path.startsWith(".git/")
        && (path.endsWith(".md") || path.startsWith("deploy/") || path.endsWith("openapi.json"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }
}
