package starling.node.main;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Names of files as they were typed. The JVM encodes names by the locale: in the locale C a name
 * beyond ASCII does not exist, in a Latin-1 locale it names another file. A path from a URI keeps
 * its bytes, so the files of the command line are opened through a URI where the locale cannot
 * encode them, and a relative name through Linux's link to the working directory where the locale
 * cannot encode that. The data directory, whose files libraries open too, is rejected in both
 * cases.
 */
final class FileNames {
  private static final String WORKING_DIRECTORY = "/proc/self/cwd/";
  private static final String WAY_OUT =
      ": set LC_ALL to a locale of UTF-8, such as C.UTF-8, or choose a name of ASCII";

  private FileNames() {}

  /**
   * The file of this name.
   *
   * @param option the option that names it
   */
  static Path path(String option, String name) {
    return path(option, name, ProcessText.localeCharset(), System.getProperty("user.dir", ""));
  }

  /**
   * The same in a given locale.
   *
   * @param workingDirectory its name as the JVM decoded it
   */
  static Path path(String option, String name, Charset locale, String workingDirectory) {
    if (name.isEmpty()) {
      throw new ConfigException(option + " must have a name, but is empty");
    }
    boolean absolute = name.startsWith("/") || carries(locale, workingDirectory);
    String full = absolute ? name : WORKING_DIRECTORY + name;
    try {
      if (ProcessText.ascii(full) || ProcessText.utf8(locale)) {
        return Path.of(full);
      }
      if (File.separatorChar != '/') {
        throw uncarried(option, name, locale);
      }
      return bytewise(full);
    } catch (InvalidPathException e) {
      throw new ConfigException(option + ": " + e.getReason());
    }
  }

  private static Path bytewise(String name) {
    StringBuilder uri = new StringBuilder("file://").append(name.startsWith("/") ? "" : "/");
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      uri.append(b == '/' ? "/" : String.format("%%%02X", b));
    }
    Path path = Path.of(URI.create(uri.toString()));
    return name.startsWith("/") ? path : path.subpath(0, path.getNameCount());
  }

  /** The directory of this name, which the JVM and all libraries must open under just that name. */
  static Path carried(String option, String name) {
    return carried(option, name, ProcessText.localeCharset(), System.getProperty("user.dir", ""));
  }

  static Path carried(String option, String name, Charset locale, String workingDirectory) {
    if (!ProcessText.ascii(name) && !ProcessText.utf8(locale)) {
      throw uncarried(option, name, locale);
    }
    if (!carries(locale, workingDirectory)) {
      throw new ConfigException(
          "the locale (" + locale + ") does not carry the working directory's name" + WAY_OUT);
    }
    return path(option, name, locale, workingDirectory);
  }

  /** Whether the JVM, which decoded this name, encodes it as the bytes that it was. */
  private static boolean carries(Charset locale, String decoded) {
    return decoded.indexOf('\uFFFD') < 0
        && new String(decoded.getBytes(locale), locale).equals(decoded);
  }

  private static ConfigException uncarried(String option, String name, Charset locale) {
    return new ConfigException(
        option + ": the locale (" + locale + ") has no file named '" + name + "'" + WAY_OUT);
  }

  /**
   * Why a file or stream cannot be used, without its name, because the JVM would encode that by the
   * locale.
   */
  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException failure && failure.getReason() != null) {
      return failure.getReason();
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
