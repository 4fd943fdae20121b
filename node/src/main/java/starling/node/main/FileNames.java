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
 * beyond ASCII is none, in that of Latin-1 it is another file's. A path that was read from a URI
 * keeps its bytes, so the files of the command line are opened by that way where the locale is in
 * the way; the data directory, whose files are also opened by libraries, is rejected there.
 */
final class FileNames {
  private FileNames() {}

  /**
   * The file of this name.
   *
   * @param option the option that names it
   */
  static Path path(String option, String name) {
    return path(option, name, ProcessText.localeCharset());
  }

  static Path path(String option, String name, Charset locale) {
    if (name.isEmpty()) {
      throw new ConfigException(option + " must have a name, but is empty");
    }
    try {
      if (ProcessText.ascii(name) || ProcessText.utf8(locale)) {
        return Path.of(name);
      }
      if (File.separatorChar != '/') {
        throw uncarried(option, name, locale);
      }
      Path absolute =
          Path.of(URI.create("file://" + (name.startsWith("/") ? "" : "/") + uri(name)));
      return name.startsWith("/") ? absolute : absolute.subpath(0, absolute.getNameCount());
    } catch (InvalidPathException e) {
      throw new ConfigException(option + ": " + e.getReason());
    }
  }

  private static String uri(String name) {
    StringBuilder uri = new StringBuilder();
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      uri.append(b == '/' ? "/" : String.format("%%%02X", b));
    }
    return uri.toString();
  }

  /** The directory of this name, which the JVM and all libraries must open under just that name. */
  static Path carried(String option, String name) {
    return carried(option, name, ProcessText.localeCharset());
  }

  static Path carried(String option, String name, Charset locale) {
    if (!ProcessText.ascii(name) && !ProcessText.utf8(locale)) {
      throw uncarried(option, name, locale);
    }
    return path(option, name, locale);
  }

  private static ConfigException uncarried(String option, String name, Charset locale) {
    return new ConfigException(
        option
            + ": the locale ("
            + locale
            + ") has no file named '"
            + name
            + "': set LC_ALL to a locale of UTF-8, such as C.UTF-8, or choose a name of ASCII");
  }

  /** Why a file or stream cannot be used, without its name: the JVM spells that by the locale. */
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
