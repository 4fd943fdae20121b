package starling.gossip.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.detector.DetectorConfig;
import starling.sim.NetworkFaults;
import starling.sim.SimNetwork;
import starling.sim.Simulation;
import starling.sim.SplitMix;

/** Members on a simulated network, with a fixture's words for what is done to them. */
final class GossipWorld {
  /** A fact's value is a set of bytes, ascending; the join is the union. */
  static final Merge UNION =
      (name, a, b) -> {
        boolean[] in = new boolean[256];
        for (byte each : a) {
          in[each & 0xff] = true;
        }
        for (byte each : b) {
          in[each & 0xff] = true;
        }
        byte[] union = new byte[256];
        int size = 0;
        for (int i = 0; i < 256; i++) {
          if (in[i]) {
            union[size++] = (byte) i;
          }
        }
        return Arrays.copyOf(union, size);
      };

  private final Simulation sim;
  private final SimNetwork network;
  private final SplitMix identities;
  private final GossipConfig config;
  private final Map<Address, SimulatedNode> running = new LinkedHashMap<>();
  private final Map<String, List<String>> names = new LinkedHashMap<>();
  long fsyncNanos = 3_000_000;
  boolean refusesConnections = true;

  /** Whether the network drops all datagrams. */
  boolean dropsDatagrams;

  Mishearing mishearing = Mishearing.NONE;
  Merge merge = UNION;

  /** The facts with which a founder begins. */
  final SortedMap<String, byte[]> foundingFacts = new TreeMap<>();

  long bytesSent;
  long messagesSent;
  private int lastHost;

  GossipWorld(long seed) {
    this(seed, NetworkFaults.NONE);
  }

  GossipWorld(long seed, NetworkFaults faults) {
    this.sim = new Simulation(seed);
    this.network = new SimNetwork(sim, faults);
    this.identities = sim.stream("identities");
    this.config = GossipConfig.of("test", DetectorConfig.LAN);
  }

  Simulation sim() {
    return sim;
  }

  SimNetwork network() {
    return network;
  }

  SplitMix identities() {
    return identities;
  }

  GossipConfig config() {
    return config;
  }

  Merge merge() {
    return merge;
  }

  List<SimulatedNode> nodes() {
    return List.copyOf(running.values());
  }

  // --- starting

  Address freshAddress() {
    lastHost++;
    return new Address("10.0." + lastHost / 256 + "." + lastHost % 256, 7946);
  }

  NodeDirectory emptyDirectory() {
    return new NodeDirectory(new UUID(identities.nextLong(), identities.nextLong()));
  }

  SimulatedNode start(String name, Address at, NodeDirectory directory, List<Address> seeds) {
    SimulatedNode node = new SimulatedNode(this, name, at, directory, seeds);
    running.put(at, node);
    network.attach(at.toString(), node);
    return node;
  }

  SimulatedNode start(String name, Address at, List<Address> seeds) {
    return start(name, at, emptyDirectory(), seeds);
  }

  SimulatedNode restart(SimulatedNode node, Address at, List<Address> seeds) {
    return start(node.name, at, node.directory, seeds);
  }

  SimulatedNode restart(SimulatedNode node) {
    return restart(node, node.address, List.of());
  }

  /** A cluster of {@code size} nodes that has come together. */
  List<SimulatedNode> cluster(int size) {
    List<SimulatedNode> nodes = startAll(size);
    if (!sim.runUntil(() -> agree(nodes), 60_000)) {
      throw new AssertionError("no cluster of " + size + " after a minute");
    }
    return nodes;
  }

  /** Nodes that begin at the same time, with the same seeds. */
  List<SimulatedNode> startAll(int size) {
    List<Address> addresses = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      addresses.add(freshAddress());
    }
    List<Address> seeds = addresses.subList(0, Math.min(3, size));
    List<SimulatedNode> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      nodes.add(start("n" + i, addresses.get(i), seeds));
    }
    return nodes;
  }

  void gone(SimulatedNode node) {
    running.remove(node.address, node);
  }

  void name(String host, String... hosts) {
    names.put(host, List.of(hosts));
  }

  List<Address> lookUp(Address name) {
    List<Address> found = new ArrayList<>();
    for (String host : names.getOrDefault(name.host(), List.of(name.host()))) {
      found.add(new Address(host, name.port()));
    }
    return found;
  }

  /** The process at an address, or null. */
  @Nullable SimulatedNode at(String address) {
    return running.get(Address.parse(address));
  }

  // --- looking

  /**
   * All are in one cluster, and each sees the present process of each other alive, and no other
   * member.
   */
  static boolean agree(List<SimulatedNode> nodes) {
    for (SimulatedNode node : nodes) {
      ClusterIdentity cluster = node.gossip.cluster();
      if (cluster == null || !cluster.equals(nodes.get(0).gossip.cluster())) {
        return false;
      }
      if (node.gossip.alive().size() != nodes.size() || !nodes.stream().allMatch(node::seesAlive)) {
        return false;
      }
    }
    return true;
  }

  boolean eventually(BooleanSupplier condition, long atMostMillis) {
    return sim.runUntil(condition, atMostMillis);
  }

  long millis() {
    return sim.nanoTime() / 1_000_000;
  }
}
