package starling.node.main;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the JVM makes of arguments and variables in each locale, and what the commands get. */
class ProcessTextTest {
  private static final List<Charset> LOCALES = List.of(US_ASCII, ISO_8859_1, UTF_8);

  /** Bytes by the characters of Latin-1, each part ended by a zero byte, as Linux shows them. */
  private static byte[] raw(String... parts) {
    return (String.join("\0", parts) + "\0").getBytes(ISO_8859_1);
  }

  private static String bytes(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  /** As the launcher of the JVM decodes an argument. */
  private static String decoded(String bytes, Charset locale) {
    return new String(bytes.getBytes(ISO_8859_1), locale);
  }

  @Test
  void argumentsAreTheirBytesInEachLocale() {
    for (Charset locale : LOCALES) {
      for (String key : List.of("\u043a\u043a", "\u0434\u0434", "\ud83d\ude00", "\ufffd", "")) {
        byte[] line = raw("java", "-Xmx1g", "-jar", "s.jar", "put", bytes(key), "@v", "");
        String[] args = {"put", decoded(bytes(key), locale), "@v", ""};
        assertThat(ProcessText.arguments(args, line, locale))
            .as(locale + " " + key)
            .containsExactly("put", key, "@v", "");
      }
    }
  }

  @Test
  void anArgumentThatIsNotUtf8IsRejected() {
    for (Charset locale : LOCALES) {
      for (String wrong : List.of("\u00ff", "a\u00c3", "\u00ed\u00a0\u0080")) {
        String[] args = {"put", "k", decoded(wrong, locale)};
        assertThatThrownBy(
                () -> ProcessText.arguments(args, raw("java", "X", "put", "k", wrong), locale))
            .as(locale.toString())
            .isInstanceOf(ConfigException.class)
            .hasMessageContaining("argument 3 is not UTF-8");
      }
    }
  }

  @Test
  void withoutTheBytesOnlyTextThatTheLocaleCarriesIsTaken() {
    String[] plain = {"put", "k", "v"};
    String[] beyond = {"put", "\u043a", "v"};
    String[] replaced = {"put", "\ufffd", "v"};
    // Not shown at all, or the command line of a process that calls main by itself.
    for (byte[] none : new byte[][] {null, new byte[0], raw("java", "Other", "x", "y", "z")}) {
      for (Charset locale : LOCALES) {
        assertThat(ProcessText.arguments(plain, none, locale)).containsExactly(plain);
        assertThatThrownBy(() -> ProcessText.arguments(replaced, none, locale))
            .isInstanceOf(ConfigException.class)
            .hasMessageContaining("argument 2")
            .hasMessageContaining("LC_ALL");
      }
      assertThat(ProcessText.arguments(beyond, none, UTF_8)).containsExactly(beyond);
      assertThatThrownBy(() -> ProcessText.arguments(beyond, none, ISO_8859_1))
          .isInstanceOf(ConfigException.class);
    }
  }

  @Test
  void variablesAreTheirBytesInEachLocale() {
    byte[] raw =
        raw(
            "PATH=/bin",
            "STARLING_ZONE=" + bytes("z\u00fcrich"),
            "STARLING_NAME=a=b",
            "STARLING_NAME=second",
            "OTHER=\u00ff");
    for (Charset locale : LOCALES) {
      assertThat(ProcessText.environment(Map.of(), raw, locale))
          .isEqualTo(Map.of("STARLING_ZONE", "z\u00fcrich", "STARLING_NAME", "a=b"));
      assertThatThrownBy(
              () -> ProcessText.environment(Map.of(), raw("STARLING_ZONE=\u00fc"), locale))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("STARLING_ZONE is not UTF-8");
    }
  }

  @Test
  void withoutTheirBytesVariablesMustBeCarriedByTheLocale() {
    Map<String, String> decoded = Map.of("STARLING_ZONE", "z\u00fcrich", "OTHER", "\ufffd");
    assertThat(ProcessText.environment(decoded, null, UTF_8))
        .isEqualTo(Map.of("STARLING_ZONE", "z\u00fcrich"));
    assertThatThrownBy(() -> ProcessText.environment(decoded, null, US_ASCII))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("STARLING_ZONE");
  }
}
