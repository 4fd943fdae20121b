package starling.node.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.node.cluster.ClusterView;
import starling.node.peer.PeerClient;
import starling.node.quorum.ReadCoordination;
import starling.node.request.BucketProperties;
import starling.node.request.Keys;
import starling.node.request.Quorum;
import starling.node.request.Rejection;
import starling.node.request.Rejection.Outcome;
import starling.node.request.RequestOptions;
import starling.node.storage.Key;
import starling.ring.Ring;
import starling.wire.ProblemKind;

/**
 * The plan of one request: its key, the bucket's properties with the request's options, and the
 * primaries under the present ring. Made once, when the request begins.
 *
 * @param requestId the id the request carries through every log
 * @param ringHash identifies the ring of the primaries
 * @param register identifies the bucket's register of the properties
 * @param options those that the request sets
 * @param primaries the preference list; shorter than n where the cluster has too few nodes
 * @param prospects how likely each of them is to answer now, in the same order
 */
public record ReplicaPlan(
    ClusterView cluster,
    String requestId,
    long ringHash,
    long register,
    Key key,
    int partition,
    BucketProperties properties,
    RequestOptions options,
    List<UUID> primaries,
    Prospect[] prospects) {

  /** How likely a node is to answer. */
  enum Prospect {
    GOOD,
    /** It answers, but has lately taken much longer than another primary of the key. */
    SLOW,
    /** It is up, as far as is known, and owes answers. */
    SILENT,
    /** It is known to be down. */
    NONE
  }

  /** The plan of a request. Never fails: {@link #rejection} says what is wrong with it. */
  public static ReplicaPlan of(
      ClusterView cluster,
      PeerClient peers,
      String requestId,
      String bucket,
      byte[] keyBytes,
      RequestOptions options,
      long nowNanos) {
    Key key = Keys.of(bucket, keyBytes);
    BucketProperties properties = cluster.bucket(bucket).with(options);
    Ring ring = cluster.ring();
    int partition = ring.partition(key.position());
    List<UUID> primaries = ring.preferenceList(partition, properties.n());
    Prospect[] prospects = new Prospect[primaries.size()];
    long[] lately = new long[prospects.length];
    long quickest = Long.MAX_VALUE;
    for (int i = 0; i < prospects.length; i++) {
      UUID primary = primaries.get(i);
      prospects[i] = prospect(cluster, peers, primary);
      if (prospects[i] == Prospect.GOOD && !primary.equals(cluster.self())) {
        lately[i] = peers.latelyNanos(primary, nowNanos);
        quickest = lately[i] > 0 ? Math.min(quickest, lately[i]) : quickest;
      }
    }
    if (quickest < Long.MAX_VALUE) {
      for (int i = 0; i < prospects.length; i++) {
        if (PeerClient.muchSlower(lately[i], quickest)) {
          prospects[i] = Prospect.SLOW;
        }
      }
    }
    return new ReplicaPlan(
        cluster,
        requestId,
        ring.hash(),
        cluster.registerHash(bucket),
        key,
        partition,
        properties,
        options,
        primaries,
        prospects);
  }

  private static Prospect prospect(ClusterView cluster, PeerClient peers, UUID node) {
    if (!cluster.mayAnswer(node)) {
      return Prospect.NONE;
    }
    return !node.equals(cluster.self()) && peers.silent(node) ? Prospect.SILENT : Prospect.GOOD;
  }

  /** Why the request cannot be executed as asked, or null. */
  @Nullable Rejection refusalOfRead() {
    return refusal(properties.r(), properties.pr());
  }

  /** Why the request cannot be executed as asked, or null. */
  @Nullable Rejection refusalOfWrite() {
    return refusal(properties.w(), properties.pw());
  }

  private @Nullable Rejection refusal(Quorum all, Quorum primary) {
    String notReady = cluster.notServing();
    if (notReady != null) {
      return Rejection.of(ProblemKind.NOT_READY, notReady);
    }
    BucketProperties.FieldError flaw = properties.fieldError();
    if (flaw != null) {
      return Rejection.of(ProblemKind.BAD_PARAMETER, flaw.field(), flaw.detail());
    }
    if (cluster.writesPaused(key.bucket())) {
      return Rejection.of(ProblemKind.NOT_READY, "the bucket's properties are being set");
    }
    int required = required(all, primary);
    if (primaries.size() < properties.n()) {
      int missing = properties.n() - primaries.size();
      return unavailable(
          "the bucket has "
              + properties.n()
              + " replicas of each key and the cluster has "
              + primaries.size()
              + (primaries.size() == 1 ? " node: " : " nodes: ")
              + missing
              + (missing == 1 ? " is missing" : " are missing"),
          required);
    }
    int alive = alive();
    if (alive < primary.resolve(properties.n())) {
      return unavailable(
          alive + " of the key's " + primaries.size() + " primaries are reachable", required);
    }
    if (alive < required && reachable() < required) {
      return unavailable(
          alive
              + " of the key's "
              + primaries.size()
              + " primaries are reachable, and "
              + (reachable() - alive)
              + " possible fallbacks",
          required);
    }
    return null;
  }

  private Rejection unavailable(String detail, int required) {
    return new Rejection(
        ProblemKind.UNAVAILABLE, detail, null, required, reachable(), List.of(), Outcome.NONE);
  }

  /** How many replicas must answer, when {@code all} of them are asked for or so many primaries. */
  int required(Quorum all, Quorum primary) {
    return Math.max(all.resolve(properties.n()), primary.resolve(properties.n()));
  }

  /**
   * Whether the plan is still valid: the node serves, under the same ring, and with the same
   * register of the bucket.
   */
  boolean stands() {
    return cluster.notServing() == null
        && cluster.ringHash() == ringHash
        && !cluster.writesPaused(key.bucket())
        && sameRegister();
  }

  /** Whether this node still has the register that this request began with. */
  boolean sameRegister() {
    return cluster.registerHash(key.bucket()) == register;
  }

  /**
   * Whether a write whose event is made may go on under the present register: it means the same for
   * the promises of a write.
   */
  boolean standsAsWritten() {
    BucketProperties now = cluster.bucket(key.bucket()).with(options);
    return now.n() == properties.n()
        && now.conflict() == properties.conflict()
        && now.w().equals(properties.w())
        && now.pw().equals(properties.pw())
        && now.durability() == properties.durability();
  }

  boolean lastWriterWins() {
    return properties.conflict() == BucketProperties.Conflict.LWW;
  }

  /** How many of the primaries may answer now. */
  int alive() {
    int alive = 0;
    for (UUID primary : primaries) {
      alive += cluster.mayAnswer(primary) ? 1 : 0;
    }
    return alive;
  }

  /** How many nodes may answer for the key now: primaries, and fallbacks of the others. */
  int reachable() {
    return alive() + cluster.ring().fallbacks(partition, properties.n(), cluster::mayAnswer).size();
  }

  /** The primaries that are known to be down, if no fallback lives that could replace one. */
  List<UUID> downWithoutFallback() {
    List<UUID> down = List.of();
    for (int i = 0; i < prospects.length; i++) {
      if (prospects[i] == Prospect.NONE) {
        if (down.isEmpty()) {
          down = new ArrayList<>(prospects.length);
        }
        down.add(primaries.get(i));
      }
    }
    return down.isEmpty()
            || cluster.ring().fallbacks(partition, properties.n(), cluster::mayAnswer).isEmpty()
        ? down
        : List.of();
  }

  /** Whether this node is one of the key's primaries. */
  boolean mine() {
    return primaries.contains(cluster.self());
  }

  /** This node first if it is a primary, then by how likely they are to answer. */
  List<UUID> askingOrder() {
    List<UUID> order = new ArrayList<>(primaries.size() + 1);
    UUID self = cluster.self();
    if (primaries.contains(self)) {
      order.add(self);
    }
    for (Prospect prospect : Prospect.values()) {
      for (int i = 0; i < primaries.size(); i++) {
        UUID node = primaries.get(i);
        if (prospects[i] == prospect && !node.equals(self)) {
          order.add(node);
        }
      }
    }
    return order;
  }

  /** The rejection when too few replicas answered; nothing was written. */
  Rejection missed(ReadCoordinator.Gathered gathered, int required) {
    if (gathered.overloaded()) {
      return Rejection.of(
          ProblemKind.OVERLOADED, "the node holds too many bytes of values that are being read");
    }
    ProblemKind kind;
    String detail;
    switch (gathered.progress()) {
      case BEHIND -> {
        kind = ProblemKind.BEHIND;
        detail = "the replicas that answered have not seen what this context has seen";
      }
      case LOST -> {
        kind = ProblemKind.BEHIND;
        detail =
            "every replica answered in full, and none has seen all that this context has seen: the missing part is lost; read again without the context to continue";
      }
      case HOPELESS -> {
        kind = ProblemKind.UNAVAILABLE;
        detail = "too few replicas answered";
      }
      default -> {
        kind = gathered.timedOut() ? ProblemKind.TIMEOUT : ProblemKind.UNAVAILABLE;
        detail = "too few replicas answered within " + properties.timeoutMillis() + " ms";
      }
    }
    boolean lost = gathered.progress() == ReadCoordination.Progress.LOST;
    return new Rejection(
        kind, detail, null, required, reachable(), gathered.answered(), Outcome.NONE, lost, null);
  }
}
