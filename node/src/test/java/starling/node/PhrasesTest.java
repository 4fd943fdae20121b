package starling.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Keeps phrases that only this project ever used out of everything people read: documents, scripts,
 * the API description, comments, and the texts of logs, errors, options and metrics. Of test
 * sources only the comments are searched.
 */
class PhrasesTest {
  private static final Path ROOT = Path.of("..");
  private static final String TESTS = "src/test/";

  /** They hold the phrases themselves. */
  private static final List<String> LISTS = List.of("Phrase.java", "PhrasesTest.java");

  /** What begins a heading of a document, or a comment of a script. */
  private static final Pattern MARKS = Pattern.compile("(?m)^[ \\t]*#+");

  @Test
  void textsUseTheTermsOfTheField() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path each : files()) {
      String name = ROOT.relativize(each).toString().replace('\\', '/');
      found.addAll(phrases(name, Files.readString(each)));
    }
    assertThat(found).as("phrases that Phrase lists").isEmpty();
  }

  @Test
  void everyPhraseIsFoundInItsExample() {
    for (Phrase each : Phrase.ALL) {
      assertThat(each.in(Phrase.plain(each.example()).text()).find())
          .as("%s in '%s'", each.pattern(), each.example())
          .isTrue();
    }
  }

  @Test
  void aPhraseIsFoundWithItsFileAndLine() {
    assertThat(phrases("A.java", "class A {\n  // fine\n  int a; // its fate\n}"))
        .containsExactly("A.java:3: 'fate', say outcome");
    assertThat(phrases("A.java", "class A {\n  /** The bytes are set\n   * aside.\n   */\n}"))
        .containsExactly("A.java:2: 'set aside', say quarantine; reserve");
    assertThat(phrases("A.java", "log.warn(\"{} turned\"\n  + \" away\");"))
        .containsExactly("A.java:1: 'turned away', say reject");
    assertThat(phrases("A.java", "counter(\n\"starling_requests_turned_away_total\");"))
        .containsExactly("A.java:2: 'turned away', say reject");
    assertThat(phrases("deploy/run", "# Waits until all hints\n# come home.\necho done"))
        .containsExactly("deploy/run:2: 'come home', say is delivered; rollback detection");
    assertThat(phrases("README.md", "# Hints\n\nSoon all hints\ngo home."))
        .containsExactly("README.md:4: 'go home', say is delivered; rollback detection");
    assertThat(phrases("node/src/test/ATest.java", "// its fate\nassertThat(a).as(\"its fate\");"))
        .containsExactly("node/src/test/ATest.java:1: 'fate', say outcome");
  }

  @Test
  void codeAndDurableNamesAreNotSearched() {
    assertThat(phrases("A.java", "Fate fate = door('\"') + f(\"storage-life\"); int nobody;"))
        .isEmpty();
    assertThat(phrases("A.java", "/** See {@link Fate#chance}. */ String s = \"say \\\"x\\\"\";"))
        .isEmpty();
  }

  /** The phrases in a file, each with the line and the term to use. */
  private static List<String> phrases(String name, String content) {
    List<String> found = new ArrayList<>();
    List<SourceTexts.Text> texts =
        name.endsWith(".java")
            ? SourceTexts.of(content)
            : List.of(new SourceTexts.Text(1, true, MARKS.matcher(content).replaceAll(" ")));
    for (SourceTexts.Text text : texts) {
      if (name.contains(TESTS) && !text.comment()) {
        continue;
      }
      Phrase.Plain plain = Phrase.plain(text.text());
      for (Phrase phrase : Phrase.ALL) {
        Matcher matcher = phrase.in(plain.text());
        while (name.startsWith(phrase.within()) && matcher.find()) {
          int line = text.lineAt(plain.origin()[matcher.start()]);
          found.add(name + ":" + line + ": '" + matcher.group().strip() + "', say " + phrase.say());
        }
      }
    }
    return found;
  }

  /** Sources of all modules, documents, scripts and the API description. */
  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String module :
        List.of(
            "client",
            "client/micrometer",
            "client/testing",
            "gossip",
            "merkle",
            "loadgen",
            "loadgen/ycsb",
            "node",
            "node/bench")) {
      addTexts(files, ROOT.resolve(module).resolve("src/main"));
      addTexts(files, ROOT.resolve(module).resolve(TESTS));
      addIfThere(files, ROOT.resolve(module).resolve("README.md"));
    }
    for (String each : List.of("README.md", "node/src/test/README.md")) {
      files.add(ROOT.resolve(each));
    }
    for (String folder : List.of("deploy", ".github")) {
      try (Stream<Path> walk = Files.walk(ROOT.resolve(folder))) {
        walk.filter(Files::isRegularFile)
            .filter(each -> !each.toString().endsWith(".svg"))
            .forEach(files::add);
      }
    }
    assertThat(files).hasSizeGreaterThan(600);
    return files;
  }

  private static void addTexts(List<Path> files, Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> walk = Files.walk(folder)) {
        walk.filter(PhrasesTest::holdsText).forEach(files::add);
      }
    }
  }

  private static void addIfThere(List<Path> files, Path file) {
    if (Files.exists(file)) {
      files.add(file);
    }
  }

  private static boolean holdsText(Path file) {
    String name = file.toString();
    return (name.endsWith(".java") && !LISTS.contains(file.getFileName().toString()))
        || name.endsWith("openapi.json")
        || name.endsWith(".xml");
  }
}
