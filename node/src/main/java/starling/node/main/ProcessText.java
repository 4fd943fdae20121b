package starling.node.main;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The text that enters the process: its arguments and its environment, each of them UTF-8 whatever
 * the locale is.
 *
 * <p>The JVM decodes both by the locale. In the locale C, which a container without {@code LANG}
 * has, every byte from 0x80 on becomes U+FFFD, so that different keys become one. Linux shows the
 * bytes in {@code /proc/self}. Where those can be read, this class decodes them strictly as UTF-8;
 * elsewhere it accepts only text that the locale surely preserves and rejects the rest, because it
 * would be stored as another text.
 */
final class ProcessText {
  private static final Path ARGUMENTS = Path.of("/proc/self/cmdline");
  private static final Path ENVIRONMENT = Path.of("/proc/self/environ");
  private static final String PREFIX = "STARLING_";

  private ProcessText() {}

  /** The arguments of this process, as they were typed. */
  static String[] arguments(String[] decoded) {
    return arguments(decoded, read(ARGUMENTS), localeCharset());
  }

  /** The variables of this process whose names begin with {@code STARLING_}. */
  static Map<String, String> environment() {
    return environment(System.getenv(), read(ENVIRONMENT), localeCharset());
  }

  /**
   * The arguments as they were typed.
   *
   * @param decoded the arguments as the JVM gives them
   * @param raw the command line of the process, each part ended by a zero byte; null if unknown
   * @param charset the charset by which the JVM decoded them
   */
  static String[] arguments(String[] decoded, byte @Nullable [] raw, Charset charset) {
    List<byte[]> bytes = raw == null ? null : tail(parts(raw), decoded, charset);
    String[] arguments = new String[decoded.length];
    for (int i = 0; i < decoded.length; i++) {
      arguments[i] =
          bytes == null
              ? carried("argument " + (i + 1), decoded[i], charset)
              : utf8("argument " + (i + 1), bytes.get(i));
    }
    return arguments;
  }

  /**
   * The parts that are the arguments: the JVM takes the parts before them. Null if they differ,
   * because the process was not started from its command line alone.
   */
  private static @Nullable List<byte[]> tail(
      List<byte[]> parts, String[] decoded, Charset charset) {
    if (parts.size() < decoded.length) {
      return null;
    }
    List<byte[]> tail = parts.subList(parts.size() - decoded.length, parts.size());
    for (int i = 0; i < decoded.length; i++) {
      if (!new String(tail.get(i), charset).equals(decoded[i])) {
        return null;
      }
    }
    return tail;
  }

  /**
   * The variables whose names begin with {@code STARLING_}.
   *
   * @param decoded the environment as the JVM gives it
   * @param raw the environment of the process, each part ended by a zero byte; null if unknown
   * @param charset the charset of the locale
   */
  static Map<String, String> environment(
      Map<String, String> decoded, byte @Nullable [] raw, Charset charset) {
    Map<String, String> variables = new TreeMap<>();
    if (raw == null) {
      decoded.forEach(
          (name, value) -> {
            if (name.startsWith(PREFIX)) {
              variables.put(name, carried("the environment variable " + name, value, charset));
            }
          });
      return variables;
    }
    for (byte[] part : parts(raw)) {
      String shown = new String(part, StandardCharsets.ISO_8859_1);
      int equals = shown.indexOf('=');
      if (shown.startsWith(PREFIX) && equals > 0) {
        String variable = "the environment variable " + shown.substring(0, equals);
        String name = utf8(variable, Arrays.copyOf(part, equals));
        // A name may occur twice: the first one counts, as in getenv.
        variables.putIfAbsent(
            name, utf8(variable, Arrays.copyOfRange(part, equals + 1, part.length)));
      }
    }
    return variables;
  }

  private static List<byte[]> parts(byte[] raw) {
    List<byte[]> parts = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == 0) {
        parts.add(Arrays.copyOfRange(raw, begin, i));
        begin = i + 1;
      }
    }
    return parts;
  }

  private static String utf8(String what, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new ConfigException(
          what
              + " is not UTF-8: keys, options and names of files are UTF-8, and a value of other"
              + " bytes comes from --file FILE or - (standard input)");
    }
  }

  /** Text that the JVM decoded, if that cannot have changed it. */
  private static String carried(String what, String decoded, Charset charset) {
    boolean exact = ascii(decoded) || (utf8(charset) && decoded.indexOf('\uFFFD') < 0);
    if (!exact) {
      throw new ConfigException(
          what
              + " has bytes that the locale ("
              + charset
              + ") may have changed: set LC_ALL to a locale of UTF-8, such as C.UTF-8");
    }
    return decoded;
  }

  static boolean ascii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  static boolean utf8(Charset charset) {
    return charset.equals(StandardCharsets.UTF_8);
  }

  /** The charset of arguments and file names. */
  static Charset localeCharset() {
    String name = System.getProperty("sun.jnu.encoding");
    try {
      return name == null ? Charset.defaultCharset() : Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return Charset.defaultCharset();
    }
  }

  private static byte @Nullable [] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      // Not Linux, or a sandbox that hides it.
      return null;
    }
  }
}
