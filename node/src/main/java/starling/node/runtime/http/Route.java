package starling.node.runtime.http;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.EnumSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every path the API serves, with its methods. Matched on the raw path, segment by segment, before
 * anything is decoded: a router that decodes and normalises first would let two texts name one key,
 * and keys with slashes or dots would be lost. The document at {@code /openapi.json} has exactly
 * these.
 */
enum Route {
  STORE(
      "/api/v1/store",
      ApiMethod.GET,
      ApiMethod.HEAD,
      ApiMethod.PUT,
      ApiMethod.POST,
      ApiMethod.DELETE),
  STORE_KEY("/api/v1/store/{key}", ApiMethod.GET, ApiMethod.HEAD, ApiMethod.PUT, ApiMethod.DELETE),
  BUCKET_STORE(
      "/api/v1/buckets/{bucket}/store",
      ApiMethod.GET,
      ApiMethod.HEAD,
      ApiMethod.PUT,
      ApiMethod.POST,
      ApiMethod.DELETE),
  BUCKET_STORE_KEY(
      "/api/v1/buckets/{bucket}/store/{key}",
      ApiMethod.GET,
      ApiMethod.HEAD,
      ApiMethod.PUT,
      ApiMethod.DELETE),
  BATCH("/api/v1/batch", ApiMethod.POST),
  BUCKET_BATCH("/api/v1/buckets/{bucket}/batch", ApiMethod.POST),
  REPLICAS("/api/v1/replicas", ApiMethod.GET, ApiMethod.HEAD),
  BUCKET_REPLICAS("/api/v1/buckets/{bucket}/replicas", ApiMethod.GET, ApiMethod.HEAD),
  BUCKET("/api/v1/buckets/{bucket}", ApiMethod.GET, ApiMethod.HEAD, ApiMethod.PUT),
  MEMBERS("/api/v1/cluster/members", ApiMethod.GET, ApiMethod.HEAD),
  RING("/api/v1/cluster/ring", ApiMethod.GET, ApiMethod.HEAD),
  TASKS("/api/v1/cluster/tasks", ApiMethod.GET, ApiMethod.HEAD),
  LIVE("/health/live", ApiMethod.GET, ApiMethod.HEAD),
  READY("/health/ready", ApiMethod.GET, ApiMethod.HEAD),
  METRICS("/metrics", ApiMethod.GET, ApiMethod.HEAD),
  OPENAPI("/openapi.json", ApiMethod.GET, ApiMethod.HEAD);

  private static final String STORE_PATH = "/api/v1/store";
  private static final String BUCKETS_PATH = "/api/v1/buckets/";

  private final String template;
  private final ImmutableSet<ApiMethod> verbs;

  Route(String template, ApiMethod first, ApiMethod... rest) {
    this.template = template;
    this.verbs = Sets.immutableEnumSet(EnumSet.of(first, rest));
  }

  /** The path with its parameters by name. */
  String template() {
    return template;
  }

  /** Whether it reads or writes keys, and does not describe the node or the cluster. */
  boolean ofStore() {
    return switch (this) {
      case STORE, STORE_KEY, BUCKET_STORE, BUCKET_STORE_KEY, BATCH, BUCKET_BATCH -> true;
      default -> false;
    };
  }

  ImmutableSet<ApiMethod> verbs() {
    return verbs;
  }

  /** The value of the {@code Allow} header. */
  String allow() {
    return verbs.stream().map(ApiMethod::name).collect(Collectors.joining(", "));
  }

  /**
   * A route and the position of its parameters in the raw path.
   *
   * @param bucket the bucket's name as it was sent, or null
   * @param key the key as it was sent, or null; may be empty
   */
  record Match(Route route, @Nullable String bucket, @Nullable String key) {}

  /** Finds the route of a raw path, or null. */
  static @Nullable Match match(String path) {
    if (path.startsWith(STORE_PATH)) {
      return store(path, STORE_PATH.length(), STORE, STORE_KEY, null);
    }
    if (path.startsWith(BUCKETS_PATH)) {
      return bucket(path);
    }
    return switch (path) {
      case "/api/v1/batch" -> new Match(BATCH, null, null);
      case "/api/v1/replicas" -> new Match(REPLICAS, null, null);
      case "/api/v1/cluster/members" -> new Match(MEMBERS, null, null);
      case "/api/v1/cluster/ring" -> new Match(RING, null, null);
      case "/api/v1/cluster/tasks" -> new Match(TASKS, null, null);
      case "/health/live" -> new Match(LIVE, null, null);
      case "/health/ready" -> new Match(READY, null, null);
      case "/metrics" -> new Match(METRICS, null, null);
      case "/openapi.json" -> new Match(OPENAPI, null, null);
      default -> null;
    };
  }

  /** Whether it reports the state of the node to an operator. */
  boolean tellsOfTheNode() {
    return this == LIVE || this == READY || this == METRICS;
  }

  private static @Nullable Match bucket(String path) {
    int from = BUCKETS_PATH.length();
    int slash = path.indexOf('/', from);
    if (slash < 0) {
      return new Match(BUCKET, path.substring(from), null);
    }
    String name = path.substring(from, slash);
    if (path.startsWith("/store", slash)) {
      return store(path, slash + "/store".length(), BUCKET_STORE, BUCKET_STORE_KEY, name);
    }
    return switch (path.substring(slash)) {
      case "/replicas" -> new Match(BUCKET_REPLICAS, name, null);
      case "/batch" -> new Match(BUCKET_BATCH, name, null);
      default -> null;
    };
  }

  private static @Nullable Match store(
      String path, int end, Route bare, Route keyed, @Nullable String bucket) {
    if (path.length() == end) {
      return new Match(bare, bucket, null);
    }
    return path.charAt(end) == '/' ? new Match(keyed, bucket, path.substring(end + 1)) : null;
  }
}
