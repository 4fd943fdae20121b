package starling.node.sim;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.ProcessIncarnation;
import starling.node.Node;
import starling.node.NodePorts;
import starling.node.cluster.GossipLink;
import starling.node.cluster.NodeId;
import starling.node.config.NodeSettings;
import starling.node.port.Clock;
import starling.node.port.Randomness;
import starling.node.port.Timers;
import starling.node.port.Transport;
import starling.node.sim.check.CoverageMark;
import starling.node.sim.check.CoverageMarks;
import starling.node.sim.check.FrameProbe;
import starling.node.sim.fault.BrokenStorage;
import starling.node.storage.CorruptRange;
import starling.node.storage.LogStorage;
import starling.node.storage.Storage;
import starling.node.storage.StorageConfig;
import starling.node.storage.StorageExecutors;
import starling.node.storage.StorageFailure;
import starling.node.storage.StorageListener;
import starling.node.storage.StoragePorts;
import starling.sim.Endpoint;
import starling.sim.NetworkFaults;
import starling.sim.Scheduled;
import starling.sim.Simulation;
import starling.sim.SplitMix;

/**
 * One run of a node's process: a real node on a real log, over ports that are events of the
 * simulation. When the process dies its timers, its writer and its callbacks never run again; only
 * the disk stays.
 */
public final class SimProcess implements Endpoint {
  private static final String GOSSIP = "gossip";
  private static final String DATAGRAMS = "datagrams";

  /** A second lane of a channel, with delays of its own. */
  private static final String ASIDE = "-aside";

  /** Where a peer message says what kind it is, and the one kind that never comes twice. */
  private static final int KIND_AT = 1;

  private static final int HAND_ON = 2;
  private static final long WALL_EPOCH_MILLIS = 1_790_000_000_000L;
  private static final long REFUSAL_NANOS = 200_000;

  public final SimNode home;
  public final Node node;
  public final Storage storage;
  private final SimCluster cluster;
  private final Simulation sim;
  private final SplitMix diskChance;
  private final SplitMix frameChance;
  private final SplitMix wiringChance;
  private final Deque<Runnable> writes = new ArrayDeque<>();
  private final Deque<Runnable> upkeep = new ArrayDeque<>();
  private boolean dead;
  private @Nullable String halted;

  SimProcess(SimCluster cluster, SimNode home, NodeId known, int life) throws IOException {
    this.cluster = cluster;
    this.home = home;
    this.sim = cluster.sim();
    this.diskChance = sim.stream("disk time " + home.name);
    this.frameChance = sim.stream("frames " + home.name);
    this.wiringChance = sim.stream("wiring " + home.name + " " + life);
    RandomGenerator identity = cluster.wiring().identity(sim, home.name, life);
    RandomGenerator choice = sim.stream("choice " + home.name + " " + life);
    this.storage = cluster.wiring().storage(this, openLog(identity));
    NodePorts ports =
        new NodePorts(
            clock(),
            timers(),
            new Randomness() {
              @Override
              public RandomGenerator identity() {
                return identity;
              }

              @Override
              public RandomGenerator choice() {
                return choice;
              }
            },
            cluster.wiring().transport(this, new Wire()),
            new GossipWire(),
            done -> noteMember(known, done),
            // What the simulator asks the log itself never throws.
            new BrokenStorage.ThrowsAt(storage, home::strikes));
    NodeSettings settings = cluster.settings(home, known);
    this.node = new Node(settings, ports, this::halt);
  }

  SimCluster cluster() {
    return cluster;
  }

  private void noteMember(NodeId known, Consumer<@Nullable IOException> done) {
    try {
      known.noteMember(home.disk());
    } catch (IOException e) {
      done.accept(e);
      return;
    }
    done.accept(null);
  }

  void start() {
    CoverageMarks probes = cluster.probes();
    probes.hit(CoverageMark.TAIL_CUT_AT_START, storage.recovery().tornBytes() > 0 ? 1 : 0);
    probes.hit(CoverageMark.UNSAFE_START_NOTICED, storage.recovery().mayHaveLost() ? 1 : 0);
    node.start();
  }

  /** What the wall clock of its machine shows. */
  public long wallMillis() {
    return clock().wallMillis();
  }

  /** The process is gone between two of its steps. */
  void die() {
    dead = true;
    count();
  }

  /** Whether the writer has done all that it was asked. */
  public boolean diskIsIdle() {
    return writes.isEmpty();
  }

  /** Notes what this process has done; once, at its end. */
  void count() {
    cluster.probes().addLife(node.statistics().counters(), storage);
  }

  public boolean dead() {
    return dead;
  }

  /** Why the node gave up by itself, or null. */
  @Nullable String halted() {
    return halted;
  }

  private void halt(String reason) {
    halted = reason;
    sim.note(home.name + " halts: " + reason);
    cluster.onHalt(home, reason);
  }

  // --- the disk

  private Storage openLog(RandomGenerator identity) throws IOException {
    return LogStorage.open(
        home.disk(),
        StorageConfig.of(home.id, home.disk().bootId())
            .with(
                draft -> {
                  draft.segmentBytes = cluster.options().segmentBytes();
                  draft.writeBufferBytes = StorageConfig.MIN_WRITE_BUFFER_BYTES;
                  // Small, so that a short history flushes, merges and compacts too.
                  draft.memtableEntries = 50;
                  draft.memtableLogBytes = 1 << 20;
                  draft.memtableNanos = 2_000_000_000L;
                  draft.scrubNanos = cluster.options().scrubNanos();
                }),
        new StorageExecutors(
            task -> event(0, "owner", task),
            this::onWriter,
            this::onBackground,
            task -> event(1 + diskTime(), "reader", task)),
        new StoragePorts(timers(), clock(), identity),
        new StorageListener() {
          @Override
          public void failed(StorageFailure failure) {
            node.onStorageFailure(failure.reason());
          }

          @Override
          public void roomChanged(boolean full, String reason) {
            cluster.probes().hit(CoverageMark.DISK_REPORTED_FULL, full ? 1 : 0);
            node.onRoomChanged(full, reason);
          }

          @Override
          public void stallChanged(@Nullable String reason) {
            node.onStorageStall(reason);
          }

          @Override
          public void onCorruptRange(CorruptRange range) {
            node.onCorruptRange(range);
          }
        });
  }

  /** The writer is one thread: its tasks run one after the other, each after a while. */
  private void onWriter(Runnable task) {
    writes.add(task);
    if (writes.size() == 1) {
      nextOf(writes, "writer", 1);
    }
  }

  /** And so is what is done behind the writes, which takes longer. */
  private void onBackground(Runnable task) {
    upkeep.add(task);
    if (upkeep.size() == 1) {
      nextOf(upkeep, "background", 4);
    }
  }

  private void nextOf(Deque<Runnable> queue, String label, int times) {
    long nanos = times * diskTime();
    home.diskTask(sim.nanoTime() + nanos);
    event(
        nanos,
        label,
        () -> {
          queue.element().run();
          queue.remove();
          if (!queue.isEmpty()) {
            nextOf(queue, label, times);
          }
        });
  }

  private long diskTime() {
    return (long)
        (cluster.options().meanDiskNanos() * home.diskFactor() * diskChance.nextExponential());
  }

  // --- time

  private Scheduled event(long delayNanos, String label, Runnable task) {
    return sim.after(
        delayNanos,
        home.name + " " + label,
        () -> {
          if (!dead) {
            home.act(alive(task));
          }
        });
  }

  private Runnable alive(Runnable task) {
    return () -> {
      if (!dead) {
        task.run();
      }
    };
  }

  /** Something that comes from outside: not while the process is paused. */
  void outside(Runnable task) {
    home.act(alive(task));
  }

  /** A peer rejects this process, since it holds a connection of an earlier one that was killed. */
  void rejectedFor(ProcessIncarnation killed, long silenceNanos) {
    long now = sim.nanoTime();
    long heardSince = cluster.wiring().heardSince(now - silenceNanos, now);
    outside(() -> node.onLaterLife(killed, heardSince));
  }

  /** For wirings: another node that runs, or null. */
  public @Nullable Node peer(UUID id) {
    return cluster.running(id);
  }

  /** For wirings: randomness of their own, and events of this process. */
  public boolean chance(double probability) {
    return wiringChance.chance(probability);
  }

  public long nowMillis() {
    return sim.nanoTime() / 1_000_000;
  }

  /** Reaches another node as if it came from each of the others. */
  public void forge(UUID to, byte[] frame) {
    for (int i = 0; i < cluster.size(); i++) {
      if (cluster.home(i).id.equals(to) && cluster.up(i)) {
        SimProcess other = cluster.home(i).process();
        for (int j = 0; j < cluster.size(); j++) {
          UUID from = cluster.home(j).id;
          other.soon(() -> other.node.onMessage(from, frame));
        }
      }
    }
  }

  public void soon(Runnable task) {
    after(1, task);
  }

  public void after(long nanos, Runnable task) {
    Scheduled unused = event(nanos, "wiring", task);
  }

  private Timers timers() {
    return (delayNanos, task) -> event(Math.max(1, delayNanos), "timer", task)::cancel;
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public long nanoTime() {
        return sim.nanoTime();
      }

      @Override
      public long wallMillis() {
        return WALL_EPOCH_MILLIS + sim.nanoTime() / 1_000_000 + home.aheadMillis();
      }
    };
  }

  // --- the network

  @Override
  public void onBytes(String from, String channel, byte[] bytes) {
    home.act(alive(() -> take(from, channel, bytes)));
  }

  private void take(String from, String channel, byte[] bytes) {
    SimNode sender = cluster.at(from);
    if (channel.equals(GOSSIP)) {
      node.onGossip(sender.peer, bytes);
    } else if (channel.equals(DATAGRAMS)) {
      node.onDatagram(sender.peer, bytes);
    } else {
      node.onMessage(sender.id, bytes);
    }
  }

  @Override
  public void onBroken(String peer, String channel) {
    if (!channel.equals(GOSSIP)) {
      Transport.Channel broken =
          Transport.Channel.valueOf(channel.replace(ASIDE, "").toUpperCase(Locale.ROOT));
      home.act(alive(() -> node.onDisconnected(cluster.at(peer).id, broken)));
    }
  }

  private final class Wire implements Transport {
    @Override
    public boolean send(UUID peer, Channel channel, byte[] frame) {
      Address to = node.addressOf(peer);
      if (to == null) {
        return false;
      }
      NetworkFaults weather = cluster.options().weather();
      String lane = channel.name().toLowerCase(Locale.ROOT);
      // A lane of its own has delays of its own: what goes there overtakes and is overtaken.
      String taken = frameChance.chance(weather.reorder()) ? lane + ASIDE : lane;
      CoverageMark kind = FrameProbe.of(frame);
      if (kind != null) {
        cluster.probes().hit(kind);
      }
      boolean sent = send(to, taken, frame);
      if (sent && frame[KIND_AT] != HAND_ON && frameChance.chance(weather.duplicate())) {
        boolean unused = send(to, lane + ASIDE, frame);
      }
      return sent;
    }

    private boolean send(Address to, String lane, byte[] frame) {
      return cluster.network().send(home.peer.toString(), to.toString(), lane, frame);
    }

    @Override
    public boolean connected(UUID peer, Channel channel) {
      Address to = node.addressOf(peer);
      return to != null && cluster.network().isUp(to.toString());
    }
  }

  private final class GossipWire implements GossipLink {
    @Override
    public void send(Address to, byte[] frame) {
      if (!cluster.network().send(home.peer.toString(), to.toString(), GOSSIP, frame)) {
        SimNode refuses = cluster.at(to.toString());
        event(REFUSAL_NANOS, "refused", () -> node.onUnreachable(refuses.id));
      }
    }

    @Override
    public void sendDatagram(Address to, byte[] datagram) {
      cluster.network().sendDatagram(home.peer.toString(), to.toString(), DATAGRAMS, datagram);
    }

    @Override
    public void resolve(List<Address> names) {
      for (Address name : names) {
        event(REFUSAL_NANOS, "resolved", () -> node.onResolved(name, List.of(name)));
      }
    }
  }
}
