package starling.node.bench.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's cache of files, by the means that Linux gives. */
final class PageCache {
  private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");

  private PageCache() {}

  /** Writes out what is dirty, of all processes. */
  static void writeOut() throws IOException, InterruptedException {
    int code = new ProcessBuilder("sync").inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException("sync ended with " + code);
    }
  }

  /** {@code false}: only root may, nothing was dropped. */
  static boolean drop() throws IOException, InterruptedException {
    if (!Files.isWritable(DROP)) {
      return false;
    }
    writeOut();
    Files.writeString(DROP, "3");
    return true;
  }
}
