package starling.client.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A temporary directory with the nodes' program, which this module carries, and their data. */
final class ClusterDirectory {
  private static final String JAR = "starling.jar";

  private final Path directory;

  /**
   * Makes the directory.
   *
   * @throws IllegalStateException if this build of the module carries no program
   */
  ClusterDirectory() throws IOException {
    try (InputStream from = ClusterDirectory.class.getResourceAsStream(JAR)) {
      if (from == null) {
        throw new IllegalStateException(
            "client-testing was built without the node's jar: build node first (mvn package)");
      }
      directory = Files.createTempDirectory("starling-cluster-");
      long unused = Files.copy(from, jar());
    }
  }

  Path jar() {
    return directory.resolve(JAR);
  }

  Path data(int node) {
    return directory.resolve("node" + node);
  }

  void remove() {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        boolean unused = Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the nodes' directory cannot be removed: " + directory, e);
    }
  }
}
