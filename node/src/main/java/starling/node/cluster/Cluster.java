package starling.node.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import starling.node.peer.Peers;
import starling.node.peer.message.KeepFact;
import starling.node.peer.message.OtherBucket;
import starling.node.port.Clock;
import starling.node.request.BucketProperties;
import starling.node.request.Refusal;
import starling.node.storage.Key;
import starling.node.storage.Storage;
import starling.node.version.Context;
import starling.node.version.ContextCodec;
import starling.node.version.ContextKeys;
import starling.node.version.ContextScope;
import starling.node.version.DecodedContext;
import starling.node.version.Dot;
import starling.node.version.Past;
import starling.node.version.RequestMark;
import starling.node.version.Siblings;
import starling.ring.Ring;
import starling.ring.RingFacts;
import starling.ring.RingNode;
import starling.wire.ProblemKind;

/**
 * The cluster as this node knows it: the ring in force, the buckets, who may answer, and the keys
 * of contexts. It turns what gossip spreads into what requests need.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>The ring in force is one whose facts are durable here.
 *   <li>While the node holds still for a change of the ring it serves no request under the old one.
 * </ol>
 */
public final class Cluster implements CallGroup.ViewListener {
  /** How often one question is sent again because the rings differed. */
  public static final int RING_ATTEMPTS = 3;

  /**
   * How often a request is begun again, or sent to one node again, because the registers of its
   * bucket differed.
   */
  public static final int REGISTER_ATTEMPTS = 3;

  private static final Logger log = LoggerFactory.getLogger(Cluster.class);

  /** What a context says, or why it is refused. */
  public record Claim(@Nullable Context context, @Nullable Refusal refusal) {}

  /** A bucket's register, and what names it in requests between nodes. */
  private static final class Bucket {
    final BucketRegister register;
    final long hash;

    Bucket(BucketRegister register, long hash) {
      this.register = register;
      this.hash = hash;
    }
  }

  private final UUID self;
  private final Membership membership;
  private final Peers peers;
  private final Storage storage;
  private final Clock clock;
  private final ContextCodec contexts = new ContextCodec(ContextKeys.EMPTY);
  private final NodeCounters counters;
  private final Map<String, Bucket> buckets = new HashMap<>();

  /** Of all registers; the order in which they came is no part of it. */
  private long registersHash;

  private final Map<String, Long> heldBuckets = new HashMap<>();
  private final TreeMap<UUID, BitSet> hintHolders = new TreeMap<>();
  private RingFacts facts = RingFacts.UNFOUNDED;
  private Ring ring = RingFacts.UNFOUNDED.ring();
  private BucketProperties defaults;
  private boolean defaultsKnown;
  private long placements;
  private long holdingAt = -1;
  private long lookUntilNanos;
  private boolean looked;
  private @Nullable String stopped;
  private @Nullable String waiting;

  public Cluster(
      NodeSettings settings,
      Membership membership,
      Peers peers,
      Storage storage,
      Clock clock,
      NodeCounters counters) {
    this.self = settings.id();
    this.defaults = settings.defaults();
    this.membership = membership;
    this.peers = peers;
    this.storage = storage;
    this.clock = clock;
    this.counters = counters;
  }

  public UUID self() {
    return self;
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
    if (holdingAt >= 0 && ring.version() > holdingAt) {
      holdingAt = -1;
    }
    log.info(
        "ring version {} hash {} in force: {} nodes",
        ring.version(),
        Long.toHexString(ring.hash()),
        ring.nodes().size());
  }

  public void useDefaults(BucketRegister register) {
    placements += defaults.n() == register.properties().n() ? 0 : 1;
    defaults = register.properties();
    defaultsKnown = true;
  }

  public void useBucket(String name, BucketRegister register) {
    placements += bucket(name).n() == register.properties().n() ? 0 : 1;
    Bucket now = new Bucket(register, register.hash(name));
    Bucket before = buckets.put(name, now);
    registersHash ^= now.hash ^ (before == null ? 0 : before.hash);
    heldBuckets.remove(name);
  }

  /** From now on nothing is served until a ring above this version is in force. */
  public void holdStill(long version) {
    if (version >= ring.version()) {
      holdingAt = Math.max(holdingAt, version);
    }
  }

  /** From now on nothing is taken for a bucket, for a while or until its properties have come. */
  public void holdBucket(String bucket, long nanos) {
    heldBuckets.put(bucket, clock.nanoTime() + nanos);
  }

  /** Whether nothing is taken for a bucket at present. */
  public boolean holdsBucket(String bucket) {
    if (heldBuckets.isEmpty()) {
      return false;
    }
    Long until = heldBuckets.get(bucket);
    if (until != null && clock.nanoTime() - until >= 0) {
      heldBuckets.remove(bucket);
      return false;
    }
    return until != null;
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

  /** For how many replicas the ring is balanced and checked. */
  public int placementReplicas() {
    return defaults.n();
  }

  /** The most replicas any bucket keeps. */
  public int largestN() {
    int largest = defaults.n();
    for (Bucket bucket : buckets.values()) {
      largest = Math.max(largest, bucket.register.properties().n());
    }
    return largest;
  }

  /** With how many complete replicas out of n one must agree to have seen every quorum's writes. */
  public int comparisonsRequired(int n) {
    return n - defaults.w().resolve(Math.max(1, Math.min(n, defaults.n()))) + 1;
  }

  boolean holding() {
    return holdingAt >= 0;
  }

  /** Nothing is served from now on for this reason; null: it is served. */
  public void waitFor(@Nullable String reason) {
    waiting = reason;
  }

  /** From now on nothing is served, for good. */
  public void stop(String reason) {
    stopped = reason;
  }

  /** Why this node serves no requests, or null. */
  public @Nullable String notServing() {
    if (stopped != null) {
      return stopped;
    }
    if (storage.failure() != null) {
      return "the log has failed: " + storage.failure();
    }
    if (!ring.founded()) {
      return "this node does not know its cluster yet";
    }
    if (contexts.keys().isEmpty()) {
      // Facts come one by one; without a key no answer could carry a context.
      return "this node has not learnt the keys of contexts yet";
    }
    if (!defaultsKnown) {
      return "this node has not learnt the defaults of buckets yet";
    }
    if (holding()) {
      return "new members are being taken into the ring";
    }
    return waiting;
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

  /** For this long a node that starts looks around before it calls itself ready. */
  public void lookAround(long nanos) {
    lookUntilNanos = clock.nanoTime() + nanos;
  }

  /**
   * Whether some member has not been heard of yet in this life and there is still time. Nobody may
   * be there, and the node must be ready all the same; but mostly they are, a few milliseconds
   * away.
   */
  private boolean looking() {
    if (looked || clock.nanoTime() - lookUntilNanos >= 0) {
      return false;
    }
    for (RingNode node : ring.nodes()) {
      if (!node.id().equals(self) && membership.member(node.id()) == null) {
        return true;
      }
    }
    looked = true;
    return false;
  }

  private boolean owns() {
    return ring.ownerIds().contains(self);
  }

  public @Nullable BucketRegister register(String bucket) {
    Bucket known = buckets.get(bucket);
    return known == null ? null : known.register;
  }

  public BucketProperties bucket(String name) {
    Bucket known = buckets.get(name);
    return known == null ? defaults : known.register.properties();
  }

  /** By what register this node decides about a bucket's keys; 0 where it has none. */
  public long registerHash(String bucket) {
    Bucket known = buckets.get(bucket);
    return known == null ? 0 : known.hash;
  }

  /** By what registers this node decides. */
  public long registersHash() {
    return registersHash;
  }

  /**
   * The response to a request that was decided by another register of the bucket than this node
   * has; null where both have the same.
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
   * Joins another node's register of a bucket, and gives it what came of it if that is news there.
   * From then on this node decides by it. False if it cannot be joined.
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

  // ---- who keeps hints

  /** What another node says about where it keeps hints. */
  public void useHintHolder(UUID node, BitSet partitions) {
    if (partitions.isEmpty()) {
      hintHolders.remove(node);
    } else {
      hintHolders.put(node, partitions);
    }
  }

  /** The nodes that say they keep hints of a partition, in the order of their ids. */
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

  /** Whether a node is known to be dead or to have left; silence alone is not enough. */
  public boolean declaredDead(UUID node) {
    return membership.declaredDead(node);
  }

  public String name(UUID node) {
    Member member = membership.member(node);
    return member == null ? node.toString() : member.name();
  }

  /** Joins another node's ring facts, and gives it ours. False if they cannot be joined. */
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

  /** Adds keys that are news; those found on this node's own disk have been held for long. */
  public void useContextKeys(byte[] value) {
    ContextKeys known = contexts.keys();
    contexts.keys(
        known.isEmpty()
            ? ContextKeys.decode(value, 0)
            : known.join(ContextKeys.decode(value, 0), clock.wallMillis()));
  }

  /** What a client's context claims to have seen of a key. */
  public Claim claim(Key key, BucketProperties properties, String token) {
    DecodedContext decoded = contexts.decode(token, scope(key, properties));
    if (decoded instanceof DecodedContext.Ok ok) {
      return new Claim(ok.context(), null);
    }
    if (decoded instanceof DecodedContext.Invalid invalid) {
      return new Claim(null, Refusal.of(ProblemKind.BAD_CONTEXT, "context", invalid.reason()));
    }
    return new Claim(
        null,
        Refusal.of(
            ProblemKind.UNKNOWN_CONTEXT_KEY,
            "the context was signed with a key that this node has not learnt yet"));
  }

  /** The context of one who was shown this set. */
  public String contextOf(Key key, BucketProperties properties, Siblings shown) {
    return contexts.encode(shown, scope(key, properties), clock.wallMillis());
  }

  /** The context of one who wrote an event and was shown nothing but this before. */
  public String contextAfterWrite(
      Key key, BucketProperties properties, Siblings stored, Dot event, Context shown) {
    Past past = Past.contextAfterWrite(stored, event, shown.past());
    return contexts.encode(
        new Context(past, shown.marks()),
        stored.dots(),
        scope(key, properties),
        clock.wallMillis());
  }

  /** The context of one who knows of the event of its request, and else of what it gave. */
  public String contextOfEvent(
      Key key, BucketProperties properties, RequestMark made, Context given) {
    return contexts.encode(
        given.with(made), List.of(made.dot()), scope(key, properties), clock.wallMillis());
  }

  private ContextScope scope(Key key, BucketProperties properties) {
    UUID cluster = membership.clusterId();
    if (cluster == null) {
      throw new IllegalStateException("no request is served before the cluster is known");
    }
    return new ContextScope(cluster, key.bucket(), properties.creation(), key.bytes());
  }
}
