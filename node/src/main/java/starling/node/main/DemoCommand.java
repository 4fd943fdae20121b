package starling.node.main;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import starling.gossip.Address;

/** Runs a cluster of three local processes and prints commands to try. */
@Command(
    name = "demo",
    description = {
      "Runs a three-node cluster in local processes, prints what to try, and ends with Ctrl-C.",
      "With --once: a put, a kill -9 of one node, a get, a restart; then it ends."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final int NODES = 3;
  private static final int FIRST_HTTP = 8081;
  private static final int FIRST_PEER = 7951;

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "the directory for the data of the nodes; else a new one that is removed at the end")
  private @Nullable String data;

  @Option(names = "--once", description = "put, kill one node, get, restart it, end")
  private boolean once;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Variables.requireKnown(ProcessText.environment());
    // The nodes are processes of their own, which get the name as an argument.
    Path directory =
        data == null
            ? Files.createTempDirectory("starling-demo-")
            : FileNames.carried("--data", data);
    List<DemoNode> nodes = new ArrayList<>();
    List<Integer> http = FreePorts.from(FIRST_HTTP, NODES);
    List<Integer> peer = FreePorts.from(FIRST_PEER, NODES);
    for (int i = 0; i < NODES; i++) {
      nodes.add(
          new DemoNode(
              "n" + (i + 1),
              directory.resolve("n" + (i + 1)),
              new Address("127.0.0.1", http.get(i)),
              new Address("127.0.0.1", peer.get(i)),
              new Address("127.0.0.1", peer.get(0))));
    }
    Thread ending = new Thread(() -> end(nodes, directory), "starling-demo-end");
    Runtime.getRuntime().addShutdownHook(ending);
    print("starting " + NODES + " nodes, data in " + directory);
    for (DemoNode node : nodes) {
      node.start();
    }
    for (DemoNode node : nodes) {
      if (!node.awaitReady()) {
        spec.commandLine()
            .getErr()
            .println("starling: " + node.name() + " did not become ready; see " + node.log());
        return ExitStatus.FAILED;
      }
    }
    if (once) {
      return new DemoOnce(nodes, this::print).run();
    }
    print("ready. In another shell:");
    print("");
    print(
        "  curl -X PUT http://"
            + nodes.get(0).http()
            + "/api/v1/store/greeting -H 'Content-Type: application/json' -d '{\"value\":\"hello\"}'");
    print("  curl http://" + nodes.get(1).http() + "/api/v1/store/greeting");
    print("  curl 'http://" + nodes.get(2).http() + "/api/v1/replicas?key=greeting'");
    print("");
    print("Ctrl-C ends it.");
    new CountDownLatch(1).await();
    return ExitStatus.DONE;
  }

  private void print(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }

  private void end(List<DemoNode> nodes, Path directory) {
    nodes.forEach(DemoNode::stop);
    nodes.forEach(DemoNode::awaitEnd);
    if (data == null) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        // A temporary directory: the system removes the rest.
      }
    }
  }
}
