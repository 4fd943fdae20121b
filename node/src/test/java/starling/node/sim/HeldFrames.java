package starling.node.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.node.peer.Tampering;
import starling.node.port.Transport;
import starling.node.sim.fault.BrokenStorage;
import starling.node.storage.AppendRejection;
import starling.node.storage.Completion;
import starling.node.storage.Durability;
import starling.node.storage.Key;
import starling.node.storage.Storage;
import starling.node.storage.Stored;
import starling.sim.Simulation;

/**
 * A wiring that keeps each frame of a write or a hint on its way until it is told to deliver it;
 * all others pass. Frames from one node to another stay in order. What is on the way to a node that
 * goes down is lost; what that node has sent may arrive until it is started again.
 */
final class HeldFrames extends SimWiring {
  /** A frame on its way. */
  record Frame(int from, int to, String says, byte[] bytes, boolean hints) {
    @Override
    public String toString() {
      return "n" + from + ">n" + to + " " + says;
    }
  }

  private final SimWiring below;
  private final List<Frame> frames = new ArrayList<>();
  private final Map<String, Integer> appends = new HashMap<>();
  private boolean holding;

  HeldFrames(SimWiring below) {
    this.below = below;
  }

  /** From now on. */
  void hold() {
    holding = true;
  }

  /** The first frame of each pair of nodes. */
  List<Frame> deliverable() {
    Set<List<Integer>> pairs = new HashSet<>();
    List<Frame> first = new ArrayList<>();
    for (Frame frame : frames) {
      if (pairs.add(List.of(frame.from, frame.to))) {
        first.add(frame);
      }
    }
    return first;
  }

  void deliver(SimCluster cluster, Frame frame) {
    frames.remove(frame);
    SimNode receiver = cluster.home(frame.to);
    if (receiver.up()) {
      receiver.process().onBytes(cluster.address(frame.from), "data", frame.bytes);
    }
  }

  /** Delivers all in order, and holds nothing any more. */
  void letGo(SimCluster cluster) {
    holding = false;
    while (!frames.isEmpty()) {
      deliver(cluster, frames.get(0));
    }
  }

  /** Whether something is appended to the log of a node. */
  boolean appends(String node) {
    return appends.getOrDefault(node, 0) > 0;
  }

  void onDown(SimCluster cluster, int node) {
    appends.remove(cluster.home(node).name);
    frames.removeIf(frame -> frame.to == node);
  }

  void onStart(int node) {
    frames.removeIf(frame -> frame.from == node);
  }

  @Override
  public RandomGenerator identity(Simulation sim, String node, int life) {
    return below.identity(sim, node, life);
  }

  @Override
  public Storage storage(SimProcess process, Storage log) {
    Storage counting = new Counting(process.home.name, log);
    return new Switching(counting, below.storage(process, counting));
  }

  @Override
  public Transport transport(SimProcess process, Transport network) {
    return below.transport(process, new Holding(process, network));
  }

  /** A log as it is, and from the moment that frames are held as the wiring below makes it. */
  private final class Switching extends BrokenStorage {
    private final Storage log;
    private final Storage changed;

    Switching(Storage log, Storage changed) {
      super(log);
      this.log = log;
      this.changed = changed;
    }

    private Storage now() {
      return holding ? changed : log;
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      return now().append(key, partition, hash, set, durability, done);
    }

    @Override
    public @Nullable AppendRejection reap(Key key, int partition, long hash, Completion done) {
      return now().reap(key, partition, hash, done);
    }

    @Override
    public void read(Key key, Consumer<@Nullable Stored> answer) {
      now().read(key, answer);
    }

    @Override
    public byte @Nullable [] meta(String name) {
      return now().meta(name);
    }
  }

  /** Counts what is appended and not completed yet. */
  private final class Counting extends BrokenStorage {
    private final String node;

    Counting(String node, Storage log) {
      super(log);
      this.node = node;
    }

    @Override
    public @Nullable AppendRejection append(
        Key key, int partition, long hash, byte[] set, Durability durability, Completion done) {
      appends.merge(node, 1, Integer::sum);
      return counted(super.append(key, partition, hash, set, durability, ended(done)));
    }

    @Override
    public @Nullable AppendRejection reap(Key key, int partition, long hash, Completion done) {
      appends.merge(node, 1, Integer::sum);
      return counted(super.reap(key, partition, hash, ended(done)));
    }

    private @Nullable AppendRejection counted(@Nullable AppendRejection refused) {
      if (refused != null) {
        appends.merge(node, -1, Integer::sum);
      }
      return refused;
    }

    private Completion ended(Completion done) {
      return failure -> {
        appends.merge(node, -1, Integer::sum);
        done.completed(failure);
      };
    }
  }

  private final class Holding implements Transport {
    private final SimProcess process;
    private final Transport network;

    Holding(SimProcess process, Transport network) {
      this.process = process;
      this.network = network;
    }

    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      @Nullable String says = holding ? Tampering.ofWrite(frame) : null;
      if (says == null || !connected(peer, channel)) {
        return network.send(peer, channel, frame);
      }
      SimCluster cluster = process.cluster();
      int from = cluster.numberOf(process.home.id);
      boolean hints = Tampering.bringsHints(frame);
      frames.add(new Frame(from, cluster.numberOf(peer), says, frame.clone(), hints));
      return true;
    }

    @Override
    public boolean connected(UUID peer, Channel channel) {
      return network.connected(peer, channel);
    }
  }
}
