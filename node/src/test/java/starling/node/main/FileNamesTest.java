package starling.node.main;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileNamesTest {
  @Test
  void aNameIsTheSameFileInEachLocale(@TempDir Path directory) throws IOException {
    String name = directory + "/\u043a \u00fc%20.txt";
    Files.writeString(FileNames.path("--file", name, US_ASCII, "/"), "here");
    for (Charset locale : List.of(US_ASCII, ISO_8859_1, UTF_8)) {
      if (locale.equals(UTF_8) && !ProcessText.utf8(ProcessText.localeCharset())) {
        continue;
      }
      assertThat(Files.readString(FileNames.path("--file", name, locale, "/"))).isEqualTo("here");
    }
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aRelativeNameStaysRelative() {
    for (String name : List.of("\u043a", "../a/\u043a", "./\u043a")) {
      Path path = FileNames.path("--file", name, US_ASCII, "/");
      assertThat(path.isAbsolute()).isFalse();
      assertThat(path.getNameCount())
          .isEqualTo(Path.of(name.replace('\u043a', 'k')).getNameCount());
    }
  }

  @Test
  void aDirectoryThatTheLocaleDoesNotCarryIsRejected() {
    for (Charset locale : List.of(US_ASCII, ISO_8859_1)) {
      assertThatThrownBy(() -> FileNames.carried("data", "z\u00fcrich", locale, "/"))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("data: ")
          .hasMessageContaining("LC_ALL");
      assertThat(FileNames.carried("data", "plain", locale, "/")).isEqualTo(Path.of("plain"));
    }
  }

  @Test
  void aWorkingDirectoryThatTheLocaleDoesNotCarryIsNamedAnotherWay() {
    assumeTrue(Files.exists(Path.of("/proc/self/cwd")), "this system has no /proc/self/cwd");
    Path here = Path.of("").toAbsolutePath();
    for (String decoded : List.of("/\ufffd\ufffd", "/\u043a")) {
      for (String name : List.of("pom.xml", "./pom.xml")) {
        assertThat(FileNames.path("--file", name, US_ASCII, decoded))
            .hasSameBinaryContentAs(here.resolve(name));
      }
      assertThat(FileNames.path("--file", "\u043a", US_ASCII, decoded).getParent())
          .isEqualTo(Path.of("/proc/self/cwd"));
      assertThat(FileNames.path("--file", "/etc", US_ASCII, decoded)).isEqualTo(Path.of("/etc"));
      assertThatThrownBy(() -> FileNames.carried("data", "plain", US_ASCII, decoded))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("working directory");
    }
    assertThat(FileNames.carried("data", "plain", ISO_8859_1, "/z\u00fcrich"))
        .isEqualTo(Path.of("plain"));
  }

  @Test
  void anImpossibleNameIsWrongUsage() {
    for (String name : List.of("", "a\0b")) {
      assertThatThrownBy(() -> FileNames.path("--file", name))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("--file");
    }
  }
}
