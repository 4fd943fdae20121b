package starling.node.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.gossip.Member;
import starling.gossip.Status;
import starling.node.config.NodeSettings;
import starling.node.metrics.NodeCounters;
import starling.node.peer.CallGroup;
import starling.node.peer.PeerClient;
import starling.node.peer.message.KeepFact;
import starling.node.peer.message.OtherBucket;
import starling.node.port.Clock;
import starling.node.request.BucketProperties;
import starling.node.storage.Key;
import starling.node.storage.Storage;
import starling.ring.Ring;
import starling.ring.RingFacts;
import starling.ring.RingNode;

/**
 * The cluster as this node knows it: the ring in force, the buckets, the nodes that may answer, and
 * the keys of contexts. It turns gossiped metadata into the view that requests need.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>The ring in force is one whose facts are durable here.
 *   <li>While the node is fenced for a change of the ring it serves no request under the old one.
 * </ol>
 */
public final class ClusterView implements CallGroup.ViewListener {
  /** How often one request is sent again because the rings differed. */
  public static final int RING_ATTEMPTS = 3;

  /**
   * How often a request is begun again, or sent to one node again, because the registers of its
   * bucket differed.
   */
  public static final int REGISTER_ATTEMPTS = 3;

  private static final Logger log = LoggerFactory.getLogger(ClusterView.class);

  private final UUID self;
  private final Membership membership;
  private final PeerClient peers;
  private final Storage storage;
  private final ContextTokens contexts;
  private final BucketTable buckets;
  private final ServingState serving;
  private final PartitionAvailability.Cache availability = new PartitionAvailability.Cache();
  private final NodeCounters counters;
  private final TreeMap<UUID, BitSet> hintHolders = new TreeMap<>();
  private RingFacts facts = RingFacts.UNFOUNDED;
  private Ring ring = RingFacts.UNFOUNDED.ring();
  private long placements;

  public ClusterView(
      NodeSettings settings,
      Membership membership,
      PeerClient peers,
      Storage storage,
      Clock clock,
      NodeCounters counters) {
    this.self = settings.id();
    this.membership = membership;
    this.peers = peers;
    this.storage = storage;
    this.counters = counters;
    this.contexts = new ContextTokens(membership, clock);
    this.buckets = new BucketTable(settings.defaults(), clock);
    this.serving = new ServingState(clock);
  }

  public UUID self() {
    return self;
  }

  /** The cluster that this node belongs to; null before it knows one. */
  public @Nullable UUID id() {
    return membership.clusterId();
  }

  public Ring ring() {
    return ring;
  }

  public RingFacts ringFacts() {
    return facts;
  }

  public long ringHash() {
    return ring.hash();
  }

  /** Puts a ring in force whose facts are durable. */
  public void useRing(RingFacts durable) {
    facts = durable;
    ring = durable.ring();
    placements++;
    serving.onRing(ring.version());
    log.info(
        "ring version {} hash {} in force: {} nodes",
        ring.version(),
        Long.toHexString(ring.hash()),
        ring.nodes().size());
  }

  public void useDefaults(BucketRegister register) {
    placements += buckets.useDefaults(register) ? 1 : 0;
  }

  public void useBucket(String name, BucketRegister register) {
    placements += buckets.use(name, register) ? 1 : 0;
  }

  /** Fences this node until a ring above this version is in force. */
  public void holdStill(long version) {
    if (version >= ring.version()) {
      serving.fence(version);
    }
  }

  /** Pauses the writes of a bucket for a while, or until its properties have come. */
  public void pauseWrites(String bucket, long nanos) {
    buckets.fence(bucket, nanos);
  }

  /** Whether the writes of a bucket are paused. */
  public boolean writesPaused(String bucket) {
    return buckets.fenced(bucket);
  }

  /** All nodes of the ring but this one. */
  public List<UUID> otherNodes() {
    List<UUID> others = new ArrayList<>();
    for (RingNode node : ring.nodes()) {
      if (!node.id().equals(self)) {
        others.add(node.id());
      }
    }
    return others;
  }

  /** The number of replicas for which the ring is balanced and checked. */
  public int placementReplicas() {
    return buckets.defaults().n();
  }

  /** The most replicas of any bucket. */
  public int largestN() {
    return buckets.largestN();
  }

  /** How many complete replicas out of n intersect every quorum of writes. */
  public int comparisonsRequired(int n) {
    BucketProperties defaults = buckets.defaults();
    return n - defaults.w().resolve(Math.max(1, Math.min(n, defaults.n()))) + 1;
  }

  /** Stops serving for this reason; null: serves again. */
  public void waitFor(@Nullable String reason) {
    serving.waitFor(reason);
  }

  /** Stops serving for good. */
  public void stop(String reason) {
    serving.stop(reason);
  }

  /** Why this node serves no requests, or null. */
  public @Nullable String notServing() {
    String stopped = serving.stopped();
    if (stopped != null) {
      return stopped;
    }
    if (storage.failure() != null) {
      return "the log has failed: " + storage.failure();
    }
    if (!ring.founded()) {
      return "this node does not know its cluster yet";
    }
    if (!contexts.hasKeys()) {
      // Facts come one by one; without a key no answer could carry a context.
      return "this node has not learnt the keys of contexts yet";
    }
    if (!buckets.defaultsKnown()) {
      return "this node has not learnt the defaults of buckets yet";
    }
    if (serving.fenced()) {
      return "the ring is being changed to add new members";
    }
    return serving.waiting();
  }

  /** Why this node is not ready, or null: a ready node serves, and is in the ring. */
  public @Nullable String notReady() {
    String notServing = notServing();
    if (notServing != null) {
      return notServing;
    }
    if (!owns()) {
      return "this node owns no part of the ring yet";
    }
    return looking() ? "this node looks for the other members of its ring" : null;
  }

  /** How long a starting node looks for other members before it is ready. */
  public void lookAround(long nanos) {
    serving.lookAround(nanos);
  }

  /**
   * Whether this process has not heard from some member yet and there is still time. All others may
   * be down, and the node must become ready nevertheless; but mostly they are a few milliseconds
   * away.
   */
  private boolean looking() {
    if (serving.lookedLongEnough()) {
      return false;
    }
    for (RingNode node : ring.nodes()) {
      if (!node.id().equals(self) && membership.member(node.id()) == null) {
        return true;
      }
    }
    serving.foundAll();
    return false;
  }

  private boolean owns() {
    return ring.ownerIds().contains(self);
  }

  public @Nullable BucketRegister register(String bucket) {
    return buckets.register(bucket);
  }

  public BucketProperties bucket(String name) {
    return buckets.properties(name);
  }

  /** The register of a bucket on this node; 0 if it has none. */
  public long registerHash(String bucket) {
    return buckets.hash(bucket);
  }

  /** The hash of all registers of this node. */
  public long registersHash() {
    return buckets.registersHash();
  }

  /**
   * The response to a request that used another register of the bucket than this node has; null
   * where both have the same.
   */
  public @Nullable OtherBucket otherBucket(long call, String bucket, long theirs) {
    if (registerHash(bucket) == theirs) {
      return null;
    }
    counters.registerDifferences++;
    BucketRegister mine = register(bucket);
    return new OtherBucket(call, bucket, mine == null ? new byte[0] : mine.encode());
  }

  /**
   * Joins another node's register of a bucket, and sends it the join if that is new there. From
   * then on this node uses the join. False if it cannot be joined.
   */
  @Override
  public boolean onOtherBucket(UUID peer, OtherBucket other) {
    counters.registerDifferences++;
    String name = MetadataType.BUCKET.of(other.bucket());
    if (other.register().length > 0 && !membership.merge(name, other.register())) {
      return false;
    }
    BucketRegister mine = register(other.bucket());
    if (mine != null && !Arrays.equals(mine.encode(), other.register())) {
      peers.tell(peer, new KeepFact(0, 1000, 0, name, mine.encode()));
    }
    return true;
  }

  /** Whether this node is a primary of a key, under the present ring and its bucket's n. */
  public boolean mine(Key key) {
    return primaries(key).contains(self);
  }

  /** The primaries of a key, under the present ring and its bucket's n. */
  public List<UUID> primaries(Key key) {
    return ring.preferenceList(ring.partition(key.position()), bucket(key.bucket()).n());
  }

  /** Grows whenever {@link #primaries} may have changed for some key. */
  public long placements() {
    return placements;
  }

  // ---- hint locations

  /** Another node's announcement of the partitions of its hints. */
  public void useHintHolder(UUID node, BitSet partitions) {
    if (partitions.isEmpty()) {
      hintHolders.remove(node);
    } else {
      hintHolders.put(node, partitions);
    }
  }

  /** The nodes that announce hints of a partition, in the order of their ids. */
  public List<UUID> hintHolders(int partition) {
    if (hintHolders.isEmpty()) {
      return List.of();
    }
    List<UUID> holders = new ArrayList<>();
    hintHolders.forEach(
        (node, partitions) -> {
          if (partitions.get(partition)) {
            holders.add(node);
          }
        });
    return holders;
  }

  /** Whether it is worth asking a node: it is this one, connected, or not known to be down. */
  public boolean mayAnswer(UUID node) {
    return node.equals(self) || peers.connected(node) || membership.status(node) == Status.ALIVE;
  }

  /**
   * Of how many partitions the primaries are alive, for buckets with the default number of
   * replicas.
   */
  public PartitionAvailability availability() {
    Set<UUID> alive = new HashSet<>();
    for (RingNode node : ring.nodes()) {
      Status status = membership.status(node.id());
      // A suspicion is no death yet; most are refuted.
      if (node.id().equals(self) || status == Status.ALIVE || status == Status.SUSPECT) {
        alive.add(node.id());
      }
    }
    return availability.get(ring, placementReplicas(), alive);
  }

  /**
   * Whether gossip has declared a node dead or left, or has not named it for as long as that takes.
   */
  public boolean declaredDead(UUID node) {
    return membership.declaredDead(node);
  }

  public String name(UUID node) {
    Member member = membership.member(node);
    return member == null ? node.toString() : member.name();
  }

  /** Joins another node's ring facts, and sends it the join. False if they cannot be joined. */
  @Override
  public boolean onOtherRing(UUID peer, byte[] theirs) {
    counters.ringDifferences++;
    boolean joined = membership.merge(MetadataType.RING.name(), theirs);
    if (joined) {
      peers.tell(peer, new KeepFact(0, 1000, 0, MetadataType.RING.name(), facts.encode()));
    }
    return joined;
  }

  // ---- contexts

  public void useContextKeys(byte[] value) {
    contexts.useKeys(value);
  }

  public ContextTokens contexts() {
    return contexts;
  }
}
