package starling.node;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.gossip.detector.DetectorConfig;
import starling.node.cluster.BucketRegister;
import starling.node.cluster.ClusterMetadata;
import starling.node.cluster.ClusterView;
import starling.node.cluster.GossipLink;
import starling.node.cluster.Membership;
import starling.node.cluster.MetadataType;
import starling.node.config.NodeLimits;
import starling.node.config.NodeSettings;
import starling.node.metrics.NodeCounters;
import starling.node.metrics.WaitingBytes;
import starling.node.peer.DeadlineWheel;
import starling.node.peer.PeerClient;
import starling.node.peer.PeerCodec;
import starling.node.peer.PendingCalls;
import starling.node.peer.PendingRequest;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Declined;
import starling.node.peer.message.PeerMessage;
import starling.node.peer.message.Response;
import starling.node.port.Clock;
import starling.node.port.Randomness;
import starling.node.port.Timers;
import starling.node.port.Transport;
import starling.node.replica.DebtLedger;
import starling.node.replica.HintLedger;
import starling.node.replica.KeyOwner;
import starling.node.replica.LargeSets;
import starling.node.replica.LocalReplica;
import starling.node.replica.ScriptedStorage;
import starling.node.replica.StoredValue;
import starling.node.request.BucketProperties;
import starling.node.request.Keys;
import starling.node.storage.Key;
import starling.node.version.Actor;
import starling.node.version.Actors;
import starling.node.version.BinaryWriter;
import starling.node.version.Content;
import starling.node.version.ContextKeys;
import starling.node.version.Dot;
import starling.node.version.HybridClock;
import starling.node.version.Past;
import starling.node.version.Siblings;
import starling.node.version.Version;
import starling.ring.RingFacts;
import starling.ring.RingNode;
import starling.sim.SplitMix;

/**
 * The parts of one node of five that handlers of requests and background work need, over ports that
 * the test moves by hand: its log, its clock and its network.
 */
public final class ScriptedNode implements Clock, Timers, Transport, Randomness {
  public static final UUID SELF = new UUID(0, 1);

  /** The node whose requests this one handles. */
  public static final UUID CALLER = new UUID(0, 2);

  public static final String BUCKET = "b";

  private static final int NODES = 5;
  private static final int PARTITIONS = 16;
  private static final long HEDGE_NANOS = 50_000_000;

  /** A message that this node has sent. */
  public record Sent(UUID to, PeerMessage message) {}

  private record Event(long at, Runnable task) {}

  public final ScriptedStorage storage = new ScriptedStorage();
  public final NodeCounters counters = new NodeCounters();
  public final NodeSettings settings = settings(List.of());

  /** The messages that this node has sent, oldest first. */
  public final List<Sent> sent = new ArrayList<>();

  /** The responses to {@link #pending}. */
  public final List<Response> responses = new ArrayList<>();

  /** How many of those requests have ended, with a response or without. */
  public int ended;

  public final Set<UUID> disconnected = new HashSet<>();
  public final List<String> halts = new ArrayList<>();
  public final WaitingBytes waitingBytes = new WaitingBytes(1 << 20);
  public final LargeSets largeSets = new LargeSets(1 << 20, counters);
  public final HybridClock hybridClock = new HybridClock(0, 1_000, 1_000);
  public final Actors actors = new Actors(new SplitMix(1));
  public final HintLedger hints = new HintLedger(storage, actors, 1 << 20);
  public final DebtLedger debts = new DebtLedger(storage, 100);
  public final KeyOwner owner = new KeyOwner(storage, new Ledgers(), waitingBytes);
  private final RandomGenerator random = new SplitMix(2);
  private final PriorityQueue<Event> events =
      new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
  private long now = 1_000_000_000;
  public final PeerClient peers =
      new PeerClient(
          this,
          new PendingCalls(64, new SplitMix(3)),
          this,
          hybridClock,
          HEDGE_NANOS,
          counters,
          NodeLimits.USUAL_FRAME_BYTES,
          new WaitingBytes(1 << 20),
          (from, message, tail, took) -> {});
  public final DeadlineWheel deadlines = new DeadlineWheel(this, this);
  public final LocalReplica local =
      new LocalReplica(
          storage,
          owner,
          hints,
          debts,
          hybridClock,
          actors,
          counters,
          waitingBytes,
          largeSets,
          this,
          halts::add);
  public final ClusterMetadata metadata = new ClusterMetadata();
  public final Membership membership =
      new Membership(
          settings,
          storage,
          this,
          this,
          this,
          new NoGossip(),
          noted -> noted.accept(null),
          metadata,
          (member, from, to) -> {},
          halts::add);
  public final ClusterView cluster =
      new ClusterView(settings, membership, peers, storage, this, counters);

  private final class Ledgers implements KeyOwner.Watcher {
    @Override
    public void onChange(Key key, int partition, StoredValue before, StoredValue after) {
      hints.onChange(partition, before, after);
      debts.onChange(key, partition, before, after);
    }

    @Override
    public void onShown(Key key, int partition, StoredValue before, StoredValue after) {
      hints.onShown(partition, before, after);
      debts.onShown(partition, before, after);
    }
  }

  private static final class NoGossip implements GossipLink {
    @Override
    public void send(Address to, byte[] frame) {}

    @Override
    public void sendDatagram(Address to, byte[] datagram) {}

    @Override
    public void resolve(List<Address> names) {}
  }

  /** The settings of a node that starts for the first time. */
  public static NodeSettings settings(List<Address> seeds) {
    return new NodeSettings(
        SELF,
        false,
        "n1",
        "c",
        new Address("10.0.0.1", 7000),
        new Address("10.0.0.1", 8080),
        "",
        RingNode.DEFAULT_WEIGHT,
        "1",
        seeds,
        PARTITIONS,
        BucketProperties.DEFAULT,
        NodeLimits.DEFAULT,
        DetectorConfig.LAN,
        false);
  }

  /** The file of a node that is a member of a cluster. */
  public static byte[] clusterFile(UUID cluster) {
    return new BinaryWriter(64)
        .u8(1)
        .i64(cluster.getMostSignificantBits())
        .i64(cluster.getLeastSignificantBits())
        .i64(1_000)
        .i64(SELF.getMostSignificantBits())
        .i64(SELF.getLeastSignificantBits())
        .toBytes();
  }

  /** Learns the cluster of five nodes; from then on this node serves. */
  public ScriptedNode serving() {
    storage.metas.put("cluster", clusterFile(new UUID(9, 9)));
    metadata.register(
        MetadataType.BUCKET,
        (bucket, value) -> cluster.useBucket(bucket, BucketRegister.decode(value)));
    membership.start();
    List<RingNode> nodes = new ArrayList<>();
    for (int i = 1; i <= NODES; i++) {
      nodes.add(RingNode.normal(new UUID(0, i)));
    }
    cluster.useRing(RingFacts.found(PARTITIONS, BucketProperties.DEFAULT.n(), nodes));
    cluster.useDefaults(new BucketRegister(1, BucketProperties.DEFAULT));
    cluster.useContextKeys(ContextKeys.EMPTY.withNew(random, wallMillis()).encode());
    hints.onPartitions(PARTITIONS);
    debts.onPartitions(PARTITIONS);
    return this;
  }

  /** A key of which this node is a primary. */
  public Key mine() {
    return key(0, true);
  }

  /** A key of which it is none. */
  public Key notMine() {
    return key(0, false);
  }

  /** The next such key from this number on. */
  public Key key(int from, boolean mine) {
    Key key = Keys.of(BUCKET, ("k" + from).getBytes(StandardCharsets.UTF_8));
    return cluster.mine(key) == mine ? key : key(from + 1, mine);
  }

  public int partition(Key key) {
    return cluster.ring().partition(key.position());
  }

  public long register(Key key) {
    return cluster.registerHash(key.bucket());
  }

  /** A set of one version, made by another node. */
  public static Siblings set(int counter) {
    return set(new Actor(7, 7), counter);
  }

  /** The same, made by this actor. */
  public static Siblings set(Actor actor, int counter) {
    return Siblings.EMPTY.write(
        Past.EMPTY, new Version(new Dot(actor, counter), Content.tombstone()));
  }

  /** A request of {@link #CALLER} whose response goes to {@link #responses}. */
  public PendingRequest pending(long call) {
    return new PendingRequest(
        CALLER,
        call,
        new PendingRequest.Ending() {
          @Override
          public void onEnd() {
            ended++;
          }

          @Override
          public void answer(UUID to, Response response) {
            responses.add(response);
          }

          @Override
          public void decline(UUID to, long declined, DeclineReason reason, String detail) {
            responses.add(new Declined(declined, reason, detail));
          }
        });
  }

  /** Answers the oldest request that this node has sent, and forgets the request. */
  public void answer(LongFunction<Response> response) {
    Sent oldest = sent.remove(0);
    peers.heard(oldest.to(), now);
    peers.onAnswer(oldest.to(), response.apply(oldest.message().call()));
  }

  /** Why the only request so far was declined; null if it was not. */
  public @Nullable DeclineReason declined() {
    return responses.size() == 1 && responses.get(0) instanceof Declined declined
        ? declined.reason()
        : null;
  }

  /** Time passes, and timers run. */
  public void pass(long millis) {
    long until = now + millis * 1_000_000L;
    while (!events.isEmpty() && events.peek().at <= until) {
      Event event = events.remove();
      now = Math.max(now, event.at);
      event.task.run();
    }
    now = until;
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public long wallMillis() {
    return 1_000 + now / 1_000_000;
  }

  @Override
  public Timer after(long delayNanos, Runnable task) {
    Event event = new Event(now + delayNanos, task);
    events.add(event);
    return () -> events.remove(event);
  }

  @Override
  public boolean send(UUID peer, Channel channel, byte[] frame) {
    if (!connected(peer, channel)) {
      return false;
    }
    sent.add(new Sent(peer, PeerCodec.decode(frame)));
    return true;
  }

  @Override
  public boolean connected(UUID peer, Channel channel) {
    return !disconnected.contains(peer);
  }

  @Override
  public RandomGenerator identity() {
    return random;
  }

  @Override
  public RandomGenerator choice() {
    return random;
  }
}
