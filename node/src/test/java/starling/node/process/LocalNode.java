package starling.node.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A node of a {@link LocalCluster}: its directory and addresses stay over its many processes. */
final class LocalNode {
  final String name;
  final Path data;
  final int httpPort;
  final int peerPort;
  private final Path directory;
  private final List<String> args;
  private int starts;
  private ServerProcess process;

  LocalNode(
      Path directory,
      String name,
      int httpPort,
      int peerPort,
      List<Integer> seeds,
      String... more) {
    this.directory = directory;
    this.name = name;
    this.data = directory.resolve(name);
    this.httpPort = httpPort;
    this.peerPort = peerPort;
    List<String> all = new ArrayList<>();
    all.addAll(List.of("serve", "--name", name, "--data", data.toString()));
    all.addAll(List.of("--http", "127.0.0.1:" + httpPort, "--peer", "127.0.0.1:" + peerPort));
    for (int seed : seeds) {
      all.addAll(List.of("--seed", "127.0.0.1:" + seed));
    }
    all.addAll(List.of(more));
    all.add("--until-stdin-closes");
    this.args = List.copyOf(all);
  }

  void start() {
    starts++;
    process = ServerProcess.start(directory, name + "-" + starts, args);
  }

  boolean started() {
    return process != null;
  }

  ServerProcess process() {
    return process;
  }

  HttpCalls http() {
    return new HttpCalls("http://127.0.0.1:" + httpPort);
  }

  void awaitReady() {
    String unused = process.awaitLine("ready ");
  }

  /** SIGTERM, and waits for the end. */
  ServerProcess.Ended terminate() {
    process.signal("TERM");
    return process.await(Duration.ofSeconds(10));
  }
}
