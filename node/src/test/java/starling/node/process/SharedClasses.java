package starling.node.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The classes of the jar in the form in which the JVM keeps them in memory (class data sharing). A
 * node that starts and ends writes them once for each JVM of the tests; each process of the tests
 * then starts with half the work. Where the file does not fit, the JVM reads the jar as always.
 */
final class SharedClasses {
  private static final List<String> SILENT = List.of("-Xlog:cds=off", "-Xlog:cds+dynamic=off");
  private static final List<String> FLAGS = dump();

  private SharedClasses() {}

  /** What a JVM needs to use them. */
  static List<String> flags() {
    return FLAGS;
  }

  private static List<String> dump() {
    Path archive =
        ServerProcess.JAR.resolveSibling(
            "classes-" + Integer.getInteger("starling.test.fork", 1) + ".jsa");
    try {
      Files.deleteIfExists(archive);
      Path directory = Files.createTempDirectory("starling-it-");
      List<Integer> ports = LocalCluster.freePorts(2);
      String peer = "127.0.0.1:" + ports.get(1);
      List<String> command = new ArrayList<>(ServerProcess.java());
      command.add("-XX:ArchiveClassesAtExit=" + archive);
      command.addAll(SILENT);
      command.addAll(List.of("-jar", ServerProcess.JAR.toString(), "serve", "--name", "shared"));
      command.addAll(List.of("--data", directory.resolve("shared").toString()));
      command.addAll(List.of("--http", "127.0.0.1:" + ports.get(0), "--peer", peer));
      command.addAll(List.of("--seed", peer, "--set", "buckets.default.n=1"));
      command.add("--until-stdin-closes");
      ServerProcess node = ServerProcess.startAny(directory, "shared", command, Map.of());
      String unused = node.awaitLine("ready ");
      node.signal("TERM");
      ServerProcess.Ended ended = node.await();
      if (ended.status() != 0) {
        throw new IllegalStateException("the node did not end well: " + node.transcript());
      }
      LocalCluster.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!Files.exists(archive)) {
      // A JDK that comes without shared classes of its own writes none.
      return List.of();
    }
    List<String> flags = new ArrayList<>(SILENT);
    flags.add("-XX:SharedArchiveFile=" + archive);
    return List.copyOf(flags);
  }
}
