package starling.client;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import starling.ring.Positions;
import starling.wire.HeaderNames;
import starling.wire.Percent;
import starling.wire.StorePaths;

/** Makes requests of calls: targets, headers and bodies as the API has them. Thread-safe. */
final class SpecMaker {
  private static final byte[] ENVELOPE_BEGIN = "{\"value\":".getBytes(StandardCharsets.US_ASCII);

  /** Drawn once for each client, so that no two clients make the same id. */
  private final String prefix;

  private final Supplier<List<String>> credentials;
  private final AtomicLong count = new AtomicLong();

  SpecMaker(String prefix, Supplier<List<String>> credentials) {
    this.prefix = prefix;
    this.credentials = credentials;
  }

  /** The part of a bucket that all its requests share. */
  record Place(String bucket, byte[] bucketUtf8) {
    static Place of(String bucket) {
      return new Place(bucket, bucket.getBytes(StandardCharsets.UTF_8));
    }
  }

  private String nextId() {
    return prefix + Long.toString(count.incrementAndGet(), Character.MAX_RADIX);
  }

  CallSpec get(Place place, Key key, Behavior behavior, long patience, @Nullable Context covering) {
    StringBuilder target = target(place, key).append("raw&");
    quorum(target, "r", behavior.r());
    quorum(target, "pr", behavior.pr());
    String id = nextId();
    List<String> headers = headers(id);
    if (covering != null && !covering.text().isEmpty()) {
      headers.add(HeaderNames.CONTEXT);
      headers.add(covering.text());
    }
    return new CallSpec(
        Operation.GET,
        place.bucket,
        "GET",
        target.append("timeoutMs=").toString(),
        headers,
        WireRequest.NO_BODY,
        position(place, key),
        false,
        null,
        false,
        behavior,
        patience,
        id);
  }

  CallSpec put(
      Place place, Key key, Body body, Behavior behavior, long patience, Options.Put options) {
    StringBuilder target = writeTarget(place, key, behavior);
    if (options.ttlSeconds > 0 && !body.isJson()) {
      target.append("ttlSeconds=").append(options.ttlSeconds).append('&');
    }
    String id = nextId();
    List<String> headers = headers(id);
    headers.add("Content-Type");
    headers.add(body.contentType());
    byte[] bytes = body.isJson() ? envelope(body.bytes(), options.ttlSeconds) : body.bytes();
    return write(
        Operation.PUT, place, key, "PUT", target, headers, bytes, behavior, patience, options, id);
  }

  CallSpec delete(Place place, Key key, Behavior behavior, long patience, Options.Put options) {
    if (options.ttlSeconds > 0 || options.ifAbsent || options.contentType != null) {
      throw InvalidRequestException.before(
          "options", "a delete takes ifMatch, replacing and idempotencyKey only");
    }
    String id = nextId();
    StringBuilder target = writeTarget(place, key, behavior);
    return write(
        Operation.DELETE,
        place,
        key,
        "DELETE",
        target,
        headers(id),
        WireRequest.NO_BODY,
        behavior,
        patience,
        options,
        id);
  }

  /** A batch; its writes carry keys of their own. */
  CallSpec batch(Place place, List<Batch.Entry> entries, Behavior behavior) {
    String id = nextId();
    boolean write = entries.stream().anyMatch(entry -> entry.operation() != Operation.GET);
    String key = behavior.retries().attempts() > 1 ? id : null;
    StringBuilder target =
        new StringBuilder(StorePaths.BUCKETS).append(place.bucket).append("/batch?");
    quorum(target, "r", behavior.r());
    quorum(target, "pr", behavior.pr());
    writeQuorums(target, behavior);
    List<String> headers = headers(id);
    headers.add("Content-Type");
    headers.add(Body.JSON);
    return new CallSpec(
        Operation.BATCH,
        place.bucket,
        "POST",
        target.append("timeoutMs=").toString(),
        headers,
        BatchBody.of(entries, key),
        null,
        write,
        write ? key : null,
        false,
        behavior,
        behavior.deadline().toNanos(),
        id);
  }

  /**
   * A page of a listing.
   *
   * @param target up to the last {@code &}
   */
  CallSpec list(Place place, String target, boolean stream, Behavior behavior) {
    String id = nextId();
    List<String> headers = headers(id);
    if (stream) {
      headers.add("Accept");
      headers.add("application/x-ndjson");
    }
    return new CallSpec(
        Operation.LIST,
        place.bucket,
        "GET",
        target + "timeoutMs=",
        headers,
        WireRequest.NO_BODY,
        null,
        false,
        null,
        false,
        behavior,
        behavior.deadline().toNanos(),
        id);
  }

  /** A text as part of a query. */
  static String encoded(String text) {
    return Percent.encode(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A request that concerns the cluster, or the properties of a bucket. */
  CallSpec cluster(String bucket, String target, Behavior behavior) {
    String id = nextId();
    return new CallSpec(
        Operation.CLUSTER,
        bucket,
        "GET",
        target,
        headers(id),
        WireRequest.NO_BODY,
        null,
        false,
        null,
        false,
        behavior,
        behavior.deadline().toNanos(),
        id);
  }

  /** A request of the program's own; its target is complete. */
  CallSpec request(Request request, Behavior behavior) {
    String id = nextId();
    List<String> headers = headers(id);
    add(headers, "Accept", request.accept);
    Body body = request.body;
    add(headers, "Content-Type", body == null ? null : body.contentType());
    Context replacing = request.replacing;
    add(headers, HeaderNames.CONTEXT, replacing == null ? null : replacing.text());
    add(headers, HeaderNames.IDEMPOTENCY_KEY, request.idempotencyKey);
    return new CallSpec(
        Operation.REQUEST,
        "",
        request.method,
        request.target,
        headers,
        body == null ? WireRequest.NO_BODY : body.bytes(),
        null,
        request.write(),
        request.idempotencyKey == null && request.repeatable ? id : request.idempotencyKey,
        true,
        behavior,
        behavior.deadline().toNanos(),
        id);
  }

  private static void add(List<String> headers, String name, @Nullable String value) {
    if (value != null) {
      headers.add(name);
      headers.add(value);
    }
  }

  private CallSpec write(
      Operation operation,
      Place place,
      Key key,
      String method,
      StringBuilder target,
      List<String> headers,
      byte[] body,
      Behavior behavior,
      long patience,
      Options.Put options,
      String id) {
    if (options.ifAbsent && options.ifMatch != null) {
      throw InvalidRequestException.before("ifMatch", "ifAbsent and ifMatch exclude each other");
    }
    if (options.replacing != null) {
      headers.add(HeaderNames.CONTEXT);
      headers.add(options.replacing.text());
    }
    if (options.ifAbsent) {
      headers.add("If-None-Match");
      headers.add("*");
    }
    if (options.ifMatch != null) {
      headers.add("If-Match");
      headers.add(options.ifMatch.text());
    }
    boolean ownKey = options.idempotencyKey != null;
    String idempotencyKey =
        ownKey ? options.idempotencyKey : behavior.retries().attempts() > 1 ? id : null;
    if (idempotencyKey != null) {
      headers.add(HeaderNames.IDEMPOTENCY_KEY);
      headers.add(idempotencyKey);
    }
    return new CallSpec(
        operation,
        place.bucket,
        method,
        target.append("timeoutMs=").toString(),
        headers,
        body,
        position(place, key),
        true,
        idempotencyKey,
        ownKey,
        behavior,
        patience,
        id);
  }

  private List<String> headers(String id) {
    List<String> headers = new ArrayList<>(12);
    headers.addAll(credentials.get());
    headers.add(HeaderNames.REQUEST_ID);
    headers.add(id);
    return headers;
  }

  private static StringBuilder target(Place place, Key key) {
    String path = StorePaths.key(place.bucket, key.utf8());
    return new StringBuilder(path.length() + 64)
        .append(path)
        .append(path.indexOf('?') < 0 ? '?' : '&');
  }

  private static StringBuilder writeTarget(Place place, Key key, Behavior behavior) {
    StringBuilder target = target(place, key);
    writeQuorums(target, behavior);
    return target;
  }

  private static void writeQuorums(StringBuilder target, Behavior behavior) {
    quorum(target, "w", behavior.w());
    quorum(target, "pw", behavior.pw());
    if (behavior.durability() != null) {
      target.append("durability=").append(behavior.durability().word()).append('&');
    }
  }

  private static void quorum(StringBuilder target, String name, @Nullable Quorum quorum) {
    if (quorum != null) {
      target.append(name).append('=').append(quorum).append('&');
    }
  }

  private static long position(Place place, Key key) {
    return Positions.position(place.bucketUtf8, key.utf8());
  }

  private static byte[] envelope(byte[] json, long ttlSeconds) {
    String end = ttlSeconds > 0 ? ",\"ttlSeconds\":" + ttlSeconds + "}" : "}";
    byte[] all = new byte[ENVELOPE_BEGIN.length + json.length + end.length()];
    System.arraycopy(ENVELOPE_BEGIN, 0, all, 0, ENVELOPE_BEGIN.length);
    System.arraycopy(json, 0, all, ENVELOPE_BEGIN.length, json.length);
    byte[] tail = end.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(tail, 0, all, ENVELOPE_BEGIN.length + json.length, tail.length);
    return all;
  }
}
