package starling.node.runtime.http;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.node.request.BucketChange;
import starling.node.request.BucketOutcome;
import starling.node.request.BucketProperties;
import starling.node.request.NodeService;
import starling.node.request.Quorum;
import starling.node.storage.Durability;
import starling.wire.ProblemKind;

/** The properties of a bucket, read and changed. */
final class BucketApi {
  private final NodeService service;
  private final Bodies bodies;
  private final JsonReader json;

  BucketApi(NodeService service, Bodies bodies, JsonReader json) {
    this.service = service;
    this.bodies = bodies;
    this.json = json;
  }

  void handle(HttpExchange exchange) {
    String bucket = StoreKey.bucket(exchange.match());
    exchange.query().allowOnly(Set.of());
    if (exchange.verb().reads()) {
      RequestBodies.refuse(exchange);
      Accept.of(exchange).requireJson();
      exchange.answer(ApiResponse.json(200, properties(service.bucket(bucket))));
      return;
    }
    if (!RequestBodies.type(exchange).isJson()) {
      throw RequestBodies.notJson();
    }
    bodies.collect(
        exchange,
        body ->
            json.read(exchange, body, BucketApi::read, change -> change(exchange, bucket, change)));
  }

  private static BucketChange read(byte[] body) {
    ChangeFields fields = new ChangeFields();
    JsonBodies.read(body, fields);
    return fields.change();
  }

  private void change(HttpExchange exchange, String bucket, BucketChange change) {
    BucketProperties.FieldError flaw = change.apply(service.bucket(bucket)).fieldError();
    if (flaw != null) {
      throw new RequestRejected(
          ProblemKind.BAD_BODY, flaw.field(), flaw.field() + " " + flaw.detail());
    }
    service.changeBucket(
        exchange.requestId(),
        bucket,
        change,
        exchange.guarded(
            outcome -> {
              if (outcome instanceof BucketOutcome.Changed changed) {
                exchange.answer(ApiResponse.json(200, properties(changed.properties())));
              } else {
                throw new RequestRejected(((BucketOutcome.Rejected) outcome).rejection());
              }
            }));
  }

  private static JsonText properties(BucketProperties properties) {
    JsonText json = new JsonText().openObject().field("n", properties.n());
    quorum(json, "r", properties.r());
    quorum(json, "w", properties.w());
    quorum(json, "pr", properties.pr());
    quorum(json, "pw", properties.pw());
    return json.field("durability", RequestParts.word(properties.durability()))
        .field("timeoutMs", properties.timeoutMillis())
        .field("conflict", RequestParts.word(properties.conflict()))
        .field("ttlSeconds", null)
        .closeObject();
  }

  private static void quorum(JsonText json, String name, Quorum quorum) {
    if (quorum.level() == Quorum.Level.COUNT) {
      json.field(name, quorum.count());
    } else {
      json.field(name, quorum.toString());
    }
  }

  /** The body of a change; properties that it does not name stay as they are. */
  private static final class ChangeFields implements JsonBodies.Fields {
    private @Nullable Integer n;
    private @Nullable Quorum r;
    private @Nullable Quorum w;
    private @Nullable Quorum pr;
    private @Nullable Quorum pw;
    private @Nullable Durability durability;
    private @Nullable Integer timeoutMillis;
    private BucketProperties.@Nullable Conflict conflict;

    @Override
    public void field(String name, JsonValue value) {
      switch (name) {
        case "n" -> n = number(name, value);
        case "r" -> r = quorum(name, value);
        case "w" -> w = quorum(name, value);
        case "pr" -> pr = quorum(name, value);
        case "pw" -> pw = quorum(name, value);
        case "durability" -> durability = durability(name, value);
        case "timeoutMs" -> timeoutMillis = number(name, value);
        case "conflict" -> conflict = conflict(name, value);
        case "ttlSeconds" -> {
          if (!value.isNull()) {
            throw RequestRejected.notBuilt("ttlSeconds");
          }
        }
        default -> throw RequestRejected.unknown(ProblemKind.BAD_BODY, "field", name);
      }
    }

    BucketChange change() {
      return new BucketChange(n, r, w, pr, pw, durability, timeoutMillis, conflict);
    }

    private static int number(String name, JsonValue value) {
      int number = value.wholeNumber();
      if (number < 0) {
        throw bad(name, "must be a whole number");
      }
      return number;
    }

    private static Quorum quorum(String name, JsonValue value) {
      if (value.isString()) {
        try {
          return Quorum.parse(value.string(name));
        } catch (IllegalArgumentException e) {
          throw bad(name, e.getMessage());
        }
      }
      return Quorum.of(number(name, value));
    }

    private static Durability durability(String name, JsonValue value) {
      try {
        return RequestParts.durability(value.string(name));
      } catch (IllegalArgumentException e) {
        throw bad(name, e.getMessage());
      }
    }

    private static BucketProperties.Conflict conflict(String name, JsonValue value) {
      String text = value.string(name);
      for (BucketProperties.Conflict conflict : BucketProperties.Conflict.values()) {
        if (RequestParts.word(conflict).equals(text)) {
          return conflict;
        }
      }
      throw bad(name, "must be siblings or lww");
    }

    private static RequestRejected bad(String name, @Nullable String words) {
      return new RequestRejected(ProblemKind.BAD_BODY, name, name + " " + words);
    }
  }
}
