package starling.node.main;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the packaged jars carry beside classes. Which libraries are inside is asked of the class
 * path, not of a list.
 */
class JarIT {
  private static final String LICENSES = "META-INF/licenses/";
  private static final Pattern LEGAL =
      Pattern.compile("(META-INF/)?[^/]*(LICEN[CS]E|NOTICE|COPYING)[^/]*(?<!\\.class)");

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("LICENSE")) ? here : here.getParent();
  }

  private static JarFile starling() throws IOException {
    return new JarFile(root().resolve("node/target/starling.jar").toFile());
  }

  private static String text(JarFile jar, String name) throws IOException {
    JarEntry entry = jar.getJarEntry(name);
    assertThat(entry).as("%s in %s", name, jar.getName()).isNotNull();
    return plain(new String(jar.getInputStream(entry).readAllBytes(), UTF_8));
  }

  /** The words alone: copies of one licence differ in line ends, spaces, brackets and in https. */
  private static String plain(String text) {
    return text.replaceAll("\\s+", " ")
        .replace("https://", "http://")
        .replace('{', '[')
        .replace('}', ']')
        .strip();
  }

  private static boolean legal(JarEntry entry) {
    return LEGAL.matcher(entry.getName().toUpperCase(Locale.ROOT)).matches();
  }

  /** The libraries of the class path whose classes or native code are in starling.jar. */
  private static List<Path> libraries(JarFile starling) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
      boolean ours = path.startsWith(root() + File.separator);
      if (!path.endsWith(".jar") || ours) {
        continue;
      }
      try (JarFile jar = new JarFile(path)) {
        boolean inside =
            jar.stream()
                .map(JarEntry::getName)
                .filter(name -> name.endsWith(".class") || name.endsWith(".so"))
                .filter(name -> !name.endsWith("module-info.class"))
                .anyMatch(name -> starling.getEntry(name) != null);
        if (inside) {
          found.add(Path.of(path));
        }
      }
    }
    assertThat(found).as("libraries in starling.jar").hasSizeGreaterThan(40);
    return found;
  }

  /** guava-33.8.0-jre.jar in a repository lies in com/google/guava/guava/33.8.0-jre. */
  private static String artifact(Path jar) {
    return String.valueOf(jar.getParent().getParent().getFileName());
  }

  private static Map<String, List<String>> listed(JarFile starling) throws IOException {
    JarEntry entry = starling.getJarEntry(LICENSES + "THIRD-PARTY.txt");
    assertThat(entry).as("list of libraries").isNotNull();
    String list = new String(starling.getInputStream(entry).readAllBytes(), UTF_8);
    Map<String, List<String>> files = new TreeMap<>();
    for (String line : list.lines().filter(line -> !line.startsWith("#")).toList()) {
      List<String> words = Arrays.asList(line.split(" +"));
      assertThat(words).as(line).hasSizeGreaterThan(1);
      files.put(words.get(0), words.subList(1, words.size()));
    }
    return files;
  }

  @Test
  void carriesTheLicenceOfTheProject() throws IOException {
    try (JarFile starling = starling()) {
      assertThat(text(starling, "META-INF/LICENSE"))
          .isEqualTo(plain(Files.readString(root().resolve("LICENSE"))));
      assertThat(starling.stream().map(JarEntry::getName).filter("META-INF/LICENSE"::equals))
          .hasSize(1);
    }
  }

  @Test
  void noticeBeginsWithOursAndHasTheNoticeOfEachLibrary() throws IOException {
    try (JarFile starling = starling()) {
      String notice = text(starling, "META-INF/NOTICE");
      assertThat(notice).startsWith("Starling Copyright");
      int notices = 0;
      for (Path library : libraries(starling)) {
        try (JarFile jar = new JarFile(library.toFile())) {
          for (JarEntry entry : jar.stream().filter(JarIT::legal).toList()) {
            if (entry.getName().toUpperCase(Locale.ROOT).contains("NOTICE")) {
              assertThat(notice).as(library + "!" + entry).contains(text(jar, entry.getName()));
              notices++;
            }
          }
        }
      }
      assertThat(notices).as("notices that libraries carry").isPositive();
    }
  }

  @Test
  void hasEachLicenceThatALibraryCarries() throws IOException {
    try (JarFile starling = starling()) {
      List<String> texts = new ArrayList<>();
      for (JarEntry entry : starling.stream().toList()) {
        if (!entry.isDirectory() && (legal(entry) || entry.getName().startsWith(LICENSES))) {
          texts.add(text(starling, entry.getName()));
        }
      }
      for (Path library : libraries(starling)) {
        try (JarFile jar = new JarFile(library.toFile())) {
          for (JarEntry entry : jar.stream().filter(JarIT::legal).toList()) {
            if (!entry.getName().toUpperCase(Locale.ROOT).contains("NOTICE")) {
              String licence = text(jar, entry.getName());
              boolean pointer = licence.endsWith("http://www.apache.org/licenses/LICENSE-2.0");
              assertThat(pointer || texts.stream().anyMatch(each -> each.contains(licence)))
                  .as("starling.jar has the text of %s!%s", library, entry)
                  .isTrue();
            }
          }
        }
      }
    }
  }

  @Test
  void listsEachLibraryWithLicencesThatAreInTheJar() throws IOException {
    try (JarFile starling = starling()) {
      Map<String, List<String>> listed = listed(starling);
      TreeSet<String> names =
          listed.keySet().stream()
              .map(name -> name.substring(name.indexOf(':') + 1))
              .collect(Collectors.toCollection(TreeSet::new));
      TreeSet<String> inside =
          libraries(starling).stream()
              .map(JarIT::artifact)
              .collect(Collectors.toCollection(TreeSet::new));
      // A jar without classes, whose name keeps Maven from taking an older one that has some.
      inside.add("listenablefuture");
      assertThat(names).isEqualTo(inside);
      for (List<String> files : listed.values()) {
        for (String file : files) {
          String name = Path.of(LICENSES + file).normalize().toString().replace('\\', '/');
          assertThat(text(starling, name)).as(name).hasSizeGreaterThan(500);
        }
      }
      List<String> named = listed.values().stream().flatMap(List::stream).toList();
      try (Stream<JarEntry> entries = starling.stream()) {
        assertThat(
                entries
                    .filter(entry -> !entry.isDirectory())
                    .map(JarEntry::getName)
                    .filter(name -> name.startsWith(LICENSES))
                    .map(name -> name.substring(LICENSES.length()))
                    .filter(name -> !name.equals("THIRD-PARTY.txt")))
            .isSubsetOf(named);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gossip", "merkle", "client"})
  void libraryJarsHaveTheirModuleNameAndTheLicence(String module) throws IOException {
    Path target = root().resolve(module).resolve("target");
    List<Path> jars = List.of();
    if (Files.isDirectory(target)) {
      try (Stream<Path> files = Files.list(target)) {
        Pattern name = Pattern.compile(module + "-[0-9.]+(-SNAPSHOT)?\\.jar");
        jars = files.filter(file -> name.matcher(file.getFileName().toString()).matches()).toList();
      }
    }
    assumeTrue(!jars.isEmpty(), "SKIPPED: " + module + " is not packaged: mvn package");
    for (Path file : jars) {
      try (JarFile jar = new JarFile(file.toFile())) {
        assertThat(jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"))
            .isEqualTo("starling." + module);
        assertThat(text(jar, "META-INF/LICENSE"))
            .isEqualTo(plain(Files.readString(root().resolve("LICENSE"))));
      }
    }
  }
}
