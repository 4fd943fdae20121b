package starling.node.main;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Every option of a node: its path in the file, its default, its meaning. */
enum Option {
  NAME("name", "node", "name of the node"),
  DATA("data", "starling-data", "directory for all data of the node"),
  HTTP_LISTEN("http.listen", "127.0.0.1:8080", "HOST:PORT to serve clients on; port 0: any"),
  HTTP_ADVERTISE("http.advertise", "", "HOST:PORT advertised to clients; empty: as listened"),
  HTTP_MAX_VALUE("http.maxValueBytes", "1MiB", "largest value; larger ones are rejected with 413"),
  HTTP_IDLE("http.idleTimeout", "60s", "how long a connection without a request stays open"),
  HTTP_DEADLINE("http.requestReadTimeout", "30s", "how long a request may take to arrive"),
  HTTP_CONNECTIONS(
      "http.maxConnections",
      "auto",
      "connections beyond this get health answers only; auto: 10000, fewer if descriptors lack"),
  HTTP_REQUESTS("http.maxRequests", "4096", "requests under way beyond this are rejected"),
  HTTP_BUFFERED(
      "http.maxBufferedBytes",
      "128MiB",
      "bytes of request bodies held at one time; at most an eighth of the heap unless set"),
  HTTP_CORS("http.cors.origins", "", "origins that browsers may call from, separated by commas"),
  PEER_LISTEN("peer.listen", "127.0.0.1:7946", "HOST:PORT to listen to other nodes on"),
  PEER_ADVERTISE("peer.advertise", "", "HOST:PORT advertised to other nodes"),
  SEEDS("seeds", "", "HOST:PORT of nodes to join the cluster through, separated by commas"),
  GOSSIP_PRESET("gossip.preset", "lan", "where the members are: local (one machine), lan or wan"),
  GOSSIP_INTERVAL(
      "gossip.interval",
      "",
      "a member probes another in each, 100ms to 60s; empty: 200ms, 500ms or 2s by the preset"),
  GOSSIP_PROBE(
      "gossip.probeTimeout",
      "",
      "how long a direct probe may take, at least 50ms; empty: 100ms, 300ms or 1200ms by the preset"),
  GOSSIP_SUSPICION(
      "gossip.suspicion",
      "",
      "how long a member stays suspect that others confirm; empty: 600ms, 1500ms or 6s"),
  ZONE("zone", "", "failure domain of this node, such as its rack"),
  WEIGHT("weight", "100", "capacity in relation to the other nodes, 1 to 65535"),
  CLUSTER("security.clusterName", "starling", "peers of another cluster name are rejected"),
  INSECURE("security.allowInsecure", "false", "listen beyond loopback without tokens"),
  PARTITIONS("ring.partitions", "1024", "partitions of the ring when this node founds it"),
  BUCKET_N("buckets.default.n", "3", "replicas of each key, from the founding on"),
  BUCKET_R("buckets.default.r", "quorum", "replicas that must answer a read"),
  BUCKET_W("buckets.default.w", "quorum", "replicas that must take a write"),
  BUCKET_PR("buckets.default.pr", "0", "primaries that must answer a read"),
  BUCKET_PW("buckets.default.pw", "0", "primaries that must take a write"),
  BUCKET_DURABILITY("buckets.default.durability", "synced", "synced or replicated"),
  BUCKET_TIMEOUT("buckets.default.timeoutMs", "3000", "how long a request may take, 1 to 60000"),
  BUCKET_CONFLICT("buckets.default.conflict", "siblings", "siblings or lww"),
  SEGMENT("storage.segmentBytes", "64MiB", "length of a segment of the log, 1MiB to 1GiB"),
  CACHE(
      "storage.cacheBytes",
      "32MiB",
      "heap for the values that are read most; 0: none; at most a 16th of the heap unless set"),
  COMPRESSION(
      "storage.compression",
      "none",
      "none, lz4 or zstd; then that of single buckets: none,events=zstd"),
  RESERVE("storage.minFreeBytes", "256MiB", "writes are rejected while less is free on the disk"),
  COMPACTION("storage.compactionBytesPerSecond", "20MiB", "how fast compaction reads the log"),
  SCRUB("storage.scrubInterval", "24h", "how long one scrub of the whole log takes; 0s: never"),
  IN_FLIGHT("limits.requestsInFlight", "4096", "client requests coordinated at once"),
  HEDGE("limits.hedgeDelayMs", "50", "a hedged request asks one more replica after this at most"),
  WAIT("limits.queueDelayMs", "10", "how long work may wait before requests are rejected"),
  HINT_BYTES("hints.maxBytes", "1GiB", "bytes of hints stored for nodes that are down"),
  HINT_AGE(
      "hints.maxAge", "3h", "hints for a member that is dead for longer are reported as overdue"),
  ACCEPT_STALE(
      "recovery.acceptStaleData",
      "false",
      "accept a rolled-back data directory as it is, and do not wait for dead primaries"),
  LOG_FORMAT("log.format", "text", "text or json"),
  LOG_LEVEL("log.level", "info", "error, warn, info or debug");

  private final String path;
  private final String otherwise;
  private final String meaning;

  Option(String path, String otherwise, String meaning) {
    this.path = path;
    this.otherwise = otherwise;
    this.meaning = meaning;
  }

  String path() {
    return path;
  }

  /** The default, as text. */
  String otherwise() {
    return otherwise;
  }

  /** The flag of {@code serve} that sets it, where that is named otherwise than the path. */
  @Nullable String flag() {
    return switch (this) {
      case HTTP_LISTEN -> "http";
      case HTTP_ADVERTISE -> "advertise-http";
      case PEER_LISTEN -> "peer";
      case PEER_ADVERTISE -> "advertise-peer";
      case SEEDS -> "seed";
      case INSECURE -> "insecure";
      case ACCEPT_STALE -> "accept-stale-data";
      default -> null;
    };
  }

  String meaning() {
    return meaning;
  }

  static @Nullable Option of(String path) {
    for (Option option : values()) {
      if (option.path.equals(path)) {
        return option;
      }
    }
    return null;
  }

  /** The option whose path takes the fewest changes to become this one. */
  static Option nearest(String path) {
    Option nearest = of(Nearest.of(path, Arrays.stream(values()).map(Option::path).toList()));
    return nearest == null ? NAME : nearest;
  }
}
