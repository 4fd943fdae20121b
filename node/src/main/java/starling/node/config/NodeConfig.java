package starling.node.config;

import com.google.common.net.InetAddresses;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.request.BucketProperties;
import starling.ring.RingNode;

/**
 * The whole configuration of a node, checked.
 *
 * @param name the node's name for people; need not be unique, though it helps
 * @param data the directory for all data of the node
 * @param http how clients are served
 * @param httpAdvertised address advertised to clients; null for the listening address
 * @param peer address to listen on for other nodes; port 0 picks a free one
 * @param peerAdvertised address advertised to other nodes; null for the listening address
 * @param seeds addresses of nodes to join the cluster through; may name the node itself
 * @param gossip how it finds out which members are alive
 * @param zone the node's failure domain; replicas are placed in distinct zones
 * @param weight the node's capacity in relation to the others
 * @param clusterName peers of another cluster name are rejected
 * @param partitions number of partitions of the ring when this node founds a cluster; at least 33
 *     for each node there will ever be, or load becomes uneven
 * @param defaults the properties of buckets that have none, when this node founds a cluster
 * @param storage how it stores its data
 * @param requestsInFlight client requests coordinated at once; more are rejected
 * @param hedgeDelayMillis how long a replica may delay a request before a hedged request goes to
 *     another
 * @param queueDelayMillis how long work may wait for its turn before the node admits fewer requests
 * @param hintBytes bytes of hints stored for nodes that are down; beyond it hints are rejected
 * @param hintAge hints for a member that is dead for longer are reported as overdue
 * @param acceptStaleData whether the node accepts a rolled-back data directory as it is and does
 *     not wait for dead primaries
 * @param logFormat {@code text} or {@code json}
 * @param logLevel {@code error}, {@code warn}, {@code info} or {@code debug}
 * @param memory the share of each part in the heap
 */
public record NodeConfig(
    String name,
    String data,
    HttpConfig http,
    @Nullable Address httpAdvertised,
    Address peer,
    @Nullable Address peerAdvertised,
    List<Address> seeds,
    GossipOptions gossip,
    String zone,
    int weight,
    String clusterName,
    boolean allowInsecure,
    int partitions,
    BucketProperties defaults,
    StorageOptions storage,
    int requestsInFlight,
    int hedgeDelayMillis,
    int queueDelayMillis,
    long hintBytes,
    Duration hintAge,
    boolean acceptStaleData,
    String logFormat,
    String logLevel,
    MemoryBudget memory) {

  /**
   * The most bytes of a record besides its value: names, vectors, targets of hints and idempotency
   * records.
   */
  private static final long RECORD_OVERHEAD_BYTES = 64 << 10;

  public NodeConfig {
    seeds = List.copyOf(seeds);
    check(!name.isBlank() && name.length() <= 64, "name must have 1 to 64 characters");
    check(
        name.chars().allMatch(c -> c > ' ' && c < 127),
        "name must be of visible ASCII characters, but is '" + name + "'");
    check(!data.isBlank(), "data must name a directory, but is empty");
    check(plain(data), "data must be one line without control characters, but is '" + data + "'");
    check(
        clusterName.length() >= 1 && clusterName.length() <= 64,
        "security.clusterName must have 1 to 64 characters");
    check(
        plain(clusterName),
        "security.clusterName must be one line without control characters, but is '"
            + clusterName
            + "'");
    check(
        zone.getBytes(StandardCharsets.UTF_8).length <= RingNode.MAX_ZONE_BYTES,
        "zone must have at most " + RingNode.MAX_ZONE_BYTES + " bytes of UTF-8");
    check(plain(zone), "zone must be one line without control characters, but is '" + zone + "'");
    check(weight >= 1 && weight <= 65_535, "weight must be from 1 to 65535, but is " + weight);
    check(
        partitions >= 8 && partitions <= 65_536 && Integer.bitCount(partitions) == 1,
        "ring.partitions must be a power of two from 8 to 65536, but is " + partitions);
    BucketProperties.FieldError flaw = defaults.fieldError();
    if (flaw != null) {
      throw new IllegalArgumentException("buckets.default." + flaw.field() + " " + flaw.detail());
    }
    check(
        requestsInFlight >= 1,
        "limits.requestsInFlight must be at least 1, but is " + requestsInFlight);
    check(
        hedgeDelayMillis >= 1,
        "limits.hedgeDelayMs must be at least 1, but is " + hedgeDelayMillis);
    check(
        queueDelayMillis >= 1,
        "limits.queueDelayMs must be at least 1, but is " + queueDelayMillis);
    check(
        hintBytes == 0 || hintBytes >= http.maxValueBytes() + RECORD_OVERHEAD_BYTES,
        "hints.maxBytes must hold one value, "
            + (http.maxValueBytes() + RECORD_OVERHEAD_BYTES)
            + " bytes with its metadata where http.maxValueBytes is "
            + http.maxValueBytes()
            + ", but is "
            + hintBytes
            + "; 0 stores no hints");
    check(
        hintAge.toSeconds() >= 1, "hints.maxAge must be at least 1s, but is " + hintAge.toMillis());
    check(
        logFormat.equals("text") || logFormat.equals("json"),
        "log.format must be text or json, but is '" + logFormat + "'");
    check(
        List.of("error", "warn", "info", "debug").contains(logLevel),
        "log.level must be error, warn, info or debug, but is '" + logLevel + "'");
    check(
        allowInsecure || (loopback(http.host()) && loopback(peer.host())),
        "a node without tokens listens on loopback addresses only: give --insecure to listen"
            + " elsewhere");
    check(
        httpAdvertised != null || !wildcard(http.host()),
        "--advertise-http is required when --http is a wildcard address");
    check(
        peerAdvertised != null || !wildcard(peer.host()),
        "--advertise-peer is required when --peer is a wildcard address");
    reachable("http.advertise", httpAdvertised);
    reachable("peer.advertise", peerAdvertised);
    Address httpListened = new Address(http.host(), http.port());
    check(
        !collide(httpListened, peer),
        "http.listen and peer.listen must differ: " + httpListened + " and " + peer + " are one");
    Address httpShown = httpAdvertised == null ? httpListened : httpAdvertised;
    Address peerShown = peerAdvertised == null ? peer : peerAdvertised;
    check(
        httpShown.port() == 0 || !httpShown.equals(peerShown),
        "http.advertise and peer.advertise must differ, but both are " + httpShown);
  }

  /** Others connect to the advertised address: it must name one machine and one port. */
  private static void reachable(String option, @Nullable Address advertised) {
    check(
        advertised == null || (!wildcard(advertised.host()) && advertised.port() != 0),
        option + " must be an address that others can connect to, but is " + advertised);
  }

  /** Whether two sockets cannot listen on both. */
  private static boolean collide(Address a, Address b) {
    return a.port() != 0
        && a.port() == b.port()
        && (a.host().equalsIgnoreCase(b.host())
            || wildcard(a.host())
            || wildcard(b.host())
            || (loopback(a.host()) && b.host().equalsIgnoreCase("localhost"))
            || (loopback(b.host()) && a.host().equalsIgnoreCase("localhost")));
  }

  /** The unspecified address in any form: 0.0.0.0, 0, [::], [0:0::0], [::ffff:0.0.0.0]. */
  private static boolean wildcard(String host) {
    String literal = host.replaceFirst("%.*", "");
    return literal.matches("0+(\\.0+){0,3}")
        || (InetAddresses.isInetAddress(literal)
            && InetAddresses.forString(literal).isAnyLocalAddress());
  }

  /** Whether the text prints as one line. */
  private static boolean plain(String text) {
    return text.codePoints()
        .noneMatch(
            c ->
                Character.isISOControl(c)
                    || c == '\u2028'
                    || c == '\u2029'
                    || Character.getType(c) == Character.SURROGATE);
  }

  private static boolean loopback(String host) {
    return host.equals("localhost")
        || host.equals("::1")
        || host.equals("0:0:0:0:0:0:0:1")
        || host.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
  }

  private static void check(boolean holds, String words) {
    if (!holds) {
      throw new IllegalArgumentException(words);
    }
  }
}
