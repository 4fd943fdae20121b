package starling.node.version;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of formats that are on disks by now; a change of this file is a change of a format. */
final class Golden {
  private Golden() {}

  /** The text behind this name in {@code formats-1.txt}. */
  static String text(String name) {
    try (InputStream in = Golden.class.getResourceAsStream("formats-1.txt")) {
      return Arrays.stream(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1))
          .filter(line -> line.startsWith(name + " "))
          .map(line -> line.substring(name.length() + 1))
          .findFirst()
          .orElse("nothing is called " + name);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
