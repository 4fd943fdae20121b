package starling.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import starling.client.Behavior;
import starling.client.Starling;
import starling.client.Transport;

/**
 * A real cluster on this machine for the tests of a program: processes that this JVM starts, and
 * the network between them, which it can cut. Nodes are counted from 0.
 *
 * <pre>{@code
 * @RegisterExtension static StarlingCluster cluster = StarlingCluster.ofNodes(4);
 *
 * @Test
 * void bothSidesOfACutKeepTheirWrites() {
 *   cluster.cut(0, 1);
 *   // ... write through cluster.client(0) and cluster.client(2)
 *   cluster.heal();
 * }
 * }</pre>
 *
 * <p>In a static field it runs for all tests of a class: before each test cuts are healed, and
 * nodes that were paused or killed run again. In a field of the instance each test has a cluster of
 * its own. Test methods may take a {@code StarlingCluster} and a {@link Starling} as parameters.
 * Without JUnit, {@link #start} and {@link #close} do the same. Needs Linux; one thread at a time.
 */
public final class StarlingCluster
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver,
        AutoCloseable {
  private static final int MAX_NODES = 16;
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration RECOVERY = Duration.ofSeconds(60);

  /** What only the cluster itself may set: names and addresses, and the log that it reads. */
  private static final List<String> OWN =
      List.of("name", "data", "http.listen", "http.advertise", "peer.", "seeds", "log.");

  private final int count;
  private final List<String> settings = new ArrayList<>();
  private final List<ClusterNode> nodes = new ArrayList<>();
  private final Map<Integer, Starling> clients = new TreeMap<>();
  private @Nullable Network network;
  private @Nullable ClusterDirectory directory;
  private @Nullable Thread atExit;
  private int classesUnderWay;
  private boolean ofOneTest;
  private boolean disturbed;

  private StarlingCluster(int count) {
    this.count = count;
  }

  /**
   * A cluster that is not started yet.
   *
   * @param count nodes, from 1 to 16; with fewer than 3 a bucket's n is that number
   */
  public static StarlingCluster ofNodes(int count) {
    if (count < 1 || count > MAX_NODES) {
      throw new IllegalArgumentException(
          "a cluster has 1 to " + MAX_NODES + " nodes, not " + count);
    }
    return new StarlingCluster(count);
  }

  /**
   * Sets options of all nodes, such as {@code buckets.default.w=1}; deploy/README.md lists them.
   * Call it before the start.
   */
  public StarlingCluster with(String... pathsAndValues) {
    if (network != null) {
      throw new IllegalStateException("options are set before the cluster is started");
    }
    for (String each : pathsAndValues) {
      if (OWN.stream().anyMatch(each::startsWith)) {
        throw new IllegalArgumentException("the cluster itself sets this option: " + each);
      }
    }
    settings.addAll(Arrays.asList(pathsAndValues));
    return this;
  }

  /**
   * Starts the nodes and waits until all are ready and see each other.
   *
   * @throws IllegalStateException with the last lines of its log if a node does not start
   */
  public StarlingCluster start() {
    if (network != null) {
      throw new IllegalStateException("the cluster is started already");
    }
    Thread hook = new Thread(this::killAll, "starling-kill");
    Runtime.getRuntime().addShutdownHook(hook);
    atExit = hook;
    try {
      ClusterDirectory made = new ClusterDirectory();
      directory = made;
      Network running = new Network(count);
      network = running;
      for (int i = 0; i < count; i++) {
        nodes.add(new ClusterNode(i, count, running, made, options()));
      }
      nodes.forEach(ClusterNode::start);
      nodes.forEach(node -> node.awaitReady(START));
      awaitHealthy(START);
    } catch (IOException e) {
      close();
      throw new UncheckedIOException("the cluster cannot be started", e);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
    return this;
  }

  private List<String> options() {
    List<String> options = new ArrayList<>();
    if (count < 3) {
      options.add("buckets.default.n=" + count);
    }
    options.addAll(settings);
    return options;
  }

  /** Ends clients and nodes, and removes their directory. */
  @Override
  public void close() {
    clients.values().forEach(Starling::close);
    clients.clear();
    killAll();
    nodes.clear();
    network = null;
    directory = null;
    Thread hook = atExit;
    atExit = null;
    if (hook != null) {
      try {
        boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The JVM is ending, and the hook finds nothing left to do.
      }
    }
  }

  private void killAll() {
    nodes.forEach(ClusterNode::kill);
    Network running = network;
    if (running != null) {
      running.close();
    }
    ClusterDirectory made = directory;
    if (made != null) {
      made.remove();
    }
  }

  // ---- clients

  /** The addresses of all nodes, for a client of any kind. They stay over restarts. */
  public String[] endpoints() {
    Network running = running();
    return Stream.iterate(0, i -> i + 1)
        .limit(count)
        .map(i -> running.clientProxy(i).address())
        .toArray(String[]::new);
  }

  /**
   * A client that no cut affects; the same at each call, closed with the cluster. It is patient, as
   * the machine may be busy with other tests: {@code client().with(Behavior.DEFAULT)} is not.
   */
  public Starling client() {
    var unused = running();
    return clients.computeIfAbsent(
        Network.ELSEWHERE,
        key -> Starling.builder().endpoints(endpoints()).behavior(Behavior.PATIENT).build());
  }

  /**
   * A client on the machine of a node: a cut between that node and another also cuts the client off
   * from the other. The same at each call, closed with the cluster; patient, too.
   */
  public Starling client(int node) {
    String address = endpoints()[checked(node)];
    String machine = Network.machine(node).getHostAddress();
    return clients.computeIfAbsent(
        node,
        key ->
            Starling.builder()
                .endpoints(address)
                .endpoints(endpoints())
                .behavior(Behavior.PATIENT)
                .transport(Transport.vertx(machine))
                .build());
  }

  // ---- faults

  /**
   * Parts these nodes from all others: everything that is sent from one side to the other is lost,
   * and connections look open until {@link #heal}. Further cuts add to it.
   */
  public void cut(int... side) {
    Network running = running();
    Set<Integer> members = new HashSet<>();
    for (int node : side) {
      members.add(checked(node));
    }
    if (members.isEmpty() || members.size() == count) {
      throw new IllegalArgumentException(
          "a cut has nodes on both sides: name some of the " + count + " nodes, but not all");
    }
    disturbed = true;
    running.part(members::contains);
  }

  /** Cuts one link only: the two nodes can reach all others. */
  public void cutLink(int one, int other) {
    cutOneWay(one, other);
    cutOneWay(other, one);
  }

  /**
   * Loses what one node sends to another. What the other sends arrives, until a connection has lost
   * something: then both of its directions are dead, as those of TCP are.
   */
  public void cutOneWay(int from, int to) {
    Network running = running();
    if (checked(from) == checked(to)) {
      throw new IllegalArgumentException("there is no link from node " + from + " to itself");
    }
    disturbed = true;
    running.cut(from, to);
  }

  /** Ends all cuts. Connections that have lost something are reset. */
  public void heal() {
    boolean unused = running().heal();
  }

  /** kill -9. */
  public void kill(int node) {
    node(node, "killed").kill();
    disturbed = true;
  }

  /**
   * Starts a node again, on its data and its addresses, and waits until it is ready. A node that
   * runs is stopped first, by SIGTERM.
   *
   * @throws IllegalStateException with the last lines of its log if it does not start
   */
  public void restart(int node) {
    Network unused = running();
    ClusterNode restarted = nodes.get(checked(node));
    disturbed = true;
    restarted.stop();
    restarted.start();
    restarted.awaitReady(START);
  }

  /** SIGSTOP: the node does nothing, and its connections stay open. */
  public void pause(int node) {
    ClusterNode paused = node(node, "paused");
    if (!paused.paused()) {
      disturbed = true;
      paused.pause();
    }
  }

  /** SIGCONT. */
  public void resume(int node) {
    node(node, "resumed").resume();
  }

  /**
   * Waits until all nodes are ready, see each other, and have delivered all writes that they took
   * for each other.
   *
   * @throws IllegalStateException if that takes too long; its message says what is missing
   */
  public void awaitHealthy(Duration most) {
    Network unused = running();
    Health.await(nodes, most);
  }

  /** The last lines of a node's log. */
  public String log(int node) {
    Network unused = running();
    return nodes.get(checked(node)).log();
  }

  /** The process of a node, or its last one. */
  public long pid(int node) {
    Network unused = running();
    return nodes.get(checked(node)).pid();
  }

  private Network running() {
    Network running = network;
    if (running == null) {
      throw new IllegalStateException(
          "the cluster does not run: annotate its field with @RegisterExtension, or call start()");
    }
    return running;
  }

  private int checked(int node) {
    if (node < 0 || node >= count) {
      throw new IllegalArgumentException(
          "there is no node " + node + ": the cluster has nodes 0 to " + (count - 1));
    }
    return node;
  }

  private ClusterNode node(int node, String done) {
    Network unused = running();
    ClusterNode found = nodes.get(checked(node));
    if (!found.runs()) {
      throw new IllegalStateException(
          "node " + node + " cannot be " + done + ": it does not run; restart(" + node + ")");
    }
    return found;
  }

  // ---- JUnit

  @Override
  public void beforeAll(ExtensionContext context) {
    if (classesUnderWay++ == 0) {
      var unused = start();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (--classesUnderWay == 0) {
      close();
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (network == null) {
      ofOneTest = true;
      var unused = start();
    } else if (disturbed || nodes.stream().anyMatch(node -> !node.runs())) {
      recover();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (ofOneTest) {
      ofOneTest = false;
      close();
    }
  }

  private void recover() {
    heal();
    nodes.forEach(ClusterNode::resume);
    List<ClusterNode> dead = nodes.stream().filter(node -> !node.runs()).toList();
    dead.forEach(ClusterNode::start);
    dead.forEach(node -> node.awaitReady(START));
    awaitHealthy(RECOVERY);
    disturbed = false;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == StarlingCluster.class || type == Starling.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Starling.class ? client() : this;
  }
}
