package starling.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A cluster of real processes on this machine, in a directory of its own that is removed at the
 * end. Nodes are counted from 0; all list the same seeds, the first node first. Ports are free ones
 * that the node keeps, since it comes back to them after a restart.
 */
final class LocalCluster implements AutoCloseable {
  private static final int FORKS = 3;
  private static final int PORTS = 6_500;

  /** The build numbers the JVMs that run tests at once, from 1 on. */
  private static final int FIRST_PORT =
      12_000 + PORTS * (Integer.getInteger("starling.test.fork", 1) % FORKS);

  /** Two builds on one machine begin at different ports. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 97 % PORTS));

  final Path directory;
  final List<LocalNode> nodes;

  private LocalCluster(Path directory, List<LocalNode> nodes) {
    this.directory = directory;
    this.nodes = nodes;
  }

  /** A cluster none of whose nodes runs yet. */
  static LocalCluster prepare(int count, String... moreArgs) {
    return prepare(count, null, moreArgs);
  }

  /** The same; with links given, nodes reach each other through them only. */
  private static LocalCluster prepare(int count, PeerLinks links, String... moreArgs) {
    try {
      Path directory = Files.createTempDirectory("starling-it-");
      List<Integer> ports = freePorts(2 * count);
      List<Integer> peers = ports.subList(count, 2 * count);
      List<Integer> seeds = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        seeds.add(links == null ? peers.get(i) : links.port(i));
      }
      List<LocalNode> nodes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        List<String> args = new ArrayList<>(List.of(moreArgs));
        if (links != null) {
          links.open(i, peers.get(i));
          args.addAll(List.of("--advertise-peer", "127.0.0.1:" + links.port(i)));
        }
        nodes.add(
            new LocalNode(
                directory,
                "n" + (i + 1),
                ports.get(i),
                peers.get(i),
                seeds,
                args.toArray(new String[0])));
      }
      return new LocalCluster(directory, nodes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A cluster all of whose nodes are ready. */
  static LocalCluster start(int count, String... moreArgs) {
    return started(prepare(count, moreArgs));
  }

  /** A cluster all of whose nodes are ready and reach each other through these links only. */
  static LocalCluster startBehind(PeerLinks links, String... moreArgs) {
    return started(prepare(links.nodes(), links, moreArgs));
  }

  private static LocalCluster started(LocalCluster cluster) {
    try {
      cluster.startAll();
    } catch (RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
    return cluster;
  }

  /**
   * Ports that are free, all different, and stay so while a node is down: they lie below those that
   * systems give to outgoing connections, and each JVM of a build draws from its own ten thousand.
   */
  static List<Integer> freePorts(int count) {
    List<Integer> ports = new ArrayList<>();
    for (int tried = 0; ports.size() < count; tried++) {
      assertThat(tried).as("ports tried").isLessThan(PORTS);
      int port = FIRST_PORT + (NEXT_PORT.getAndIncrement() % PORTS);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        ports.add(socket.getLocalPort());
      } catch (IOException taken) {
        // The next one, then.
      }
    }
    return ports;
  }

  LocalNode node(int n) {
    return nodes.get(n);
  }

  HttpCalls http(int n) {
    return nodes.get(n).http();
  }

  void startAll() {
    nodes.forEach(LocalNode::start);
    nodes.forEach(LocalNode::awaitReady);
  }

  void kill(int n) {
    nodes.get(n).process().kill();
  }

  /** kill -9 of all in one moment. */
  void killAll() {
    nodes.forEach(node -> node.process().handle().destroyForcibly());
    nodes.forEach(node -> node.process().kill());
  }

  void freeze(int n) {
    nodes.get(n).process().signal("STOP");
  }

  void thaw(int n) {
    nodes.get(n).process().signal("CONT");
  }

  void restart(int n) {
    nodes.get(n).start();
    nodes.get(n).awaitReady();
  }

  /** Ends all processes however they are, and removes the directory. */
  void stop() {
    for (LocalNode node : nodes) {
      if (node.started()) {
        node.process().kill();
      }
    }
    delete(directory);
  }

  static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stop();
  }
}
