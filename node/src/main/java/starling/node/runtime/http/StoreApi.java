package starling.node.runtime.http;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import starling.node.request.Condition;
import starling.node.request.NodeService;
import starling.node.request.ReadOutcome;
import starling.node.request.ReadRequest;
import starling.node.request.Rejection;
import starling.node.request.RequestOptions;
import starling.node.request.WriteOutcome;
import starling.node.request.WriteRequest;
import starling.node.version.Content;
import starling.wire.ProblemKind;
import starling.wire.StorePaths;

/**
 * The routes of the store: reads, writes and deletes of single keys. A request that can be rejected
 * without its body is rejected before the body is read. Access control belongs between the parsing
 * of a key and the call of the node, in one place.
 */
final class StoreApi {
  /** With a key in the path too, so that a second one is rejected with that reason. */
  private static final Set<String> COMMON = with(RequestParts.OPTIONS, "key", "key64");

  private static final Set<String> READ_KEYED = with(COMMON, "raw", "siblings");
  private static final Set<String> WRITE = with(COMMON, "ttlSeconds");

  private final NodeService service;
  private final Bodies bodies;
  private final JsonReader json;
  private final Contents contents;
  private final RequestMetrics metrics;
  private final ListingApi listings;

  StoreApi(
      NodeService service,
      Bodies bodies,
      JsonReader json,
      Contents contents,
      RequestMetrics metrics,
      ListingApi listings) {
    this.service = service;
    this.bodies = bodies;
    this.json = json;
    this.contents = contents;
    this.metrics = metrics;
    this.listings = listings;
  }

  void handle(HttpExchange exchange) {
    String bucket = StoreKey.bucket(exchange.match());
    Query query = exchange.query();
    boolean reads = exchange.verb().reads();
    if (reads && exchange.match().key() == null && !query.has("key") && !query.has("key64")) {
      listings.handle(exchange);
      return;
    }
    query.allowOnly(reads ? READ_KEYED : WRITE);
    StoreKey key = StoreKey.named(exchange.match(), query, bucket);
    refuseUnbuilt(exchange);
    RequestOptions options = RequestParts.options(query, service.bucket(bucket));
    if (reads) {
      get(exchange, key, options);
    } else if (exchange.verb() == ApiMethod.DELETE) {
      delete(exchange, bucket, key, options);
    } else {
      put(exchange, bucket, key, options);
    }
  }

  private static void refuseUnbuilt(HttpExchange exchange) {
    if (exchange.query().has("ttlSeconds")) {
      throw RequestRejected.notBuilt("ttlSeconds");
    }
  }

  // ---- reading

  private void get(HttpExchange exchange, @Nullable StoreKey key, RequestOptions options) {
    if (key == null) {
      throw new IllegalStateException("a read without a key is a listing");
    }
    RequestBodies.refuse(exchange);
    ReadAnswers answers = readAnswers(exchange, key);
    ReadRequest request =
        new ReadRequest(
            exchange.requestId(),
            key.bucket(),
            key.bytes(),
            RequestParts.context(exchange, null),
            options);
    service.read(request, exchange.guarded(outcome -> answer(exchange, answers, outcome)));
  }

  private void answer(HttpExchange exchange, ReadAnswers answers, ReadOutcome outcome) {
    metrics.read(outcome, System.nanoTime() - exchange.begunNanos());
    exchange.answer(answers.of(outcome, exchange));
  }

  private static ReadAnswers readAnswers(HttpExchange exchange, StoreKey key) {
    boolean raw = RequestParts.flag(exchange.query(), "raw");
    String siblings = exchange.query().text("siblings");
    if (siblings != null && (raw || !siblings.equals("list"))) {
      throw new RequestRejected(
          ProblemKind.BAD_PARAMETER, "siblings", "siblings can be 'list', and not beside raw");
    }
    Accept accept = Accept.of(exchange);
    boolean bytes = raw || (siblings == null && accept.prefersBytes());
    if (!bytes) {
      accept.requireJson();
    }
    return new ReadAnswers(
        key,
        siblings != null
            ? Representation.LIST
            : bytes ? Representation.BYTES : Representation.ENVELOPE,
        raw,
        accept,
        EntityTags.parse("If-Match", RequestParts.list(exchange, "If-Match")),
        EntityTags.parse("If-None-Match", RequestParts.list(exchange, "If-None-Match")));
  }

  // ---- writing

  private void put(
      HttpExchange exchange, String bucket, @Nullable StoreKey named, RequestOptions options) {
    boolean creates = exchange.verb() == ApiMethod.POST;
    Condition asked = RequestParts.condition(exchange);
    if (creates && !(asked instanceof Condition.None || asked instanceof Condition.Absent)) {
      throw new RequestRejected(
          ProblemKind.BAD_REQUEST, "If-Match", "POST creates, so nothing can be there to match");
    }
    RequestParts.context(exchange, null);
    IdempotencyHeader.check(exchange);
    MediaType type = RequestBodies.type(exchange);
    if (!type.isJson() && (named == null || creates)) {
      throw RequestBodies.notJson();
    }
    Condition condition = creates ? Condition.ABSENT : asked;
    if (named != null && !type.isJson()) {
      bodies.collect(
          exchange,
          body ->
              write(
                  exchange,
                  new Change(named, contents.ofBody(body, type), null),
                  condition,
                  options,
                  Representation.BYTES));
      return;
    }
    collect(
        exchange,
        body -> change(body, bucket, named),
        change -> write(exchange, change, condition, options, Representation.ENVELOPE));
  }

  /** The write of a body. */
  private record Change(StoreKey key, Content content, @Nullable String context) {}

  private void collect(
      HttpExchange exchange, Function<byte[], Change> reading, Consumer<Change> then) {
    bodies.collect(exchange, body -> json.read(exchange, body, reading, then));
  }

  private Change change(byte[] body, String bucket, @Nullable StoreKey named) {
    Envelope envelope = JsonBodies.envelope(body);
    refuseExpiry(envelope);
    StoreKey key = StoreKey.inBody(bucket, named, envelope.key());
    return new Change(key, contents.ofEnvelope(envelope), envelope.context());
  }

  private void delete(
      HttpExchange exchange, String bucket, @Nullable StoreKey named, RequestOptions options) {
    Condition condition = RequestParts.condition(exchange);
    if (condition instanceof Condition.Absent) {
      throw new RequestRejected(
          ProblemKind.BAD_REQUEST, "If-None-Match", "a delete takes If-Match only");
    }
    RequestParts.context(exchange, null);
    IdempotencyHeader.check(exchange);
    if (exchange.announcesBody() && !RequestBodies.type(exchange).isJson()) {
      throw RequestBodies.notJson();
    }
    collect(
        exchange,
        body -> removal(body, bucket, named),
        removal -> write(exchange, removal, condition, options, Representation.ENVELOPE));
  }

  private static Change removal(byte[] body, String bucket, @Nullable StoreKey named) {
    Envelope envelope = body.length == 0 ? Envelope.EMPTY : JsonBodies.envelope(body);
    refuseExpiry(envelope);
    if (envelope.value() != null || envelope.encoding() != null || envelope.contentType() != null) {
      throw new RequestRejected(ProblemKind.BAD_BODY, "value", "a delete has no value");
    }
    StoreKey key = StoreKey.inBody(bucket, named, envelope.key());
    return new Change(key, Content.tombstone(), envelope.context());
  }

  private static void refuseExpiry(Envelope envelope) {
    if (envelope.expires()) {
      throw RequestRejected.notBuilt("ttlSeconds");
    }
  }

  private void write(
      HttpExchange exchange,
      Change change,
      Condition condition,
      RequestOptions options,
      Representation form) {
    StoreKey key = change.key();
    String context = RequestParts.context(exchange, change.context());
    WriteRequest request =
        new WriteRequest(
            exchange.requestId(),
            key.bucket(),
            key.bytes(),
            change.content(),
            context,
            condition,
            options,
            IdempotencyHeader.key(exchange, key, change.content(), context, condition),
            IdempotencyHeader.firstAttempt(exchange));
    service.write(
        request,
        exchange.guarded(
            outcome -> {
              metrics.write(
                  request.content().isTombstone(),
                  outcome,
                  System.nanoTime() - exchange.begunNanos());
              if (outcome instanceof WriteOutcome.Written written) {
                exchange.answer(written(exchange, request, key, form, written));
              } else {
                rejected(exchange, ((WriteOutcome.Rejected) outcome).rejection(), form);
              }
            }));
  }

  private static void rejected(HttpExchange exchange, Rejection rejection, Representation form) {
    Rejection.Present present = rejection.present();
    Rejection told = refusal(exchange, rejection);
    if (present == null) {
      throw new RequestRejected(told);
    }
    exchange.answer(Problems.conditionFailed(told, present, exchange.requestId(), true, form));
  }

  /** A POST only creates, so its failure is a conflict and not a failed condition. */
  private static Rejection refusal(HttpExchange exchange, Rejection refusal) {
    return exchange.verb() == ApiMethod.POST && refusal.kind() == ProblemKind.PRECONDITION_FAILED
        ? Rejection.of(ProblemKind.ALREADY_EXISTS, "key", "something is stored under this key")
        : refusal;
  }

  private static ApiResponse written(
      HttpExchange exchange,
      WriteRequest request,
      StoreKey key,
      Representation form,
      WriteOutcome.Written written) {
    ApiResponse answer;
    if (request.content().isTombstone()) {
      return ApiResponse.empty(204).context(written.context());
    }
    boolean creates = exchange.verb() == ApiMethod.POST;
    int value = creates ? (int) Contents.expectedBytes(request.content()) : 0;
    JsonText json = new JsonText(128 + value);
    json.openObject().field("message", "stored").field("key", key.text());
    if (creates) {
      Contents.write(json, request.content(), false);
    }
    answer =
        ApiResponse.json(201, json.field("context", written.context()).closeObject())
            .context(written.context());
    if (written.versionHash() != WriteOutcome.Written.UNNAMED) {
      answer = answer.header("ETag", EntityTags.tag(written.versionHash(), form));
    }
    return creates ? answer.header("Location", StorePaths.key(key.bucket(), key.bytes())) : answer;
  }

  private static Set<String> with(Set<String> names, String... more) {
    Set<String> all = new TreeSet<>(names);
    all.addAll(Set.of(more));
    return all;
  }
}
