package starling.node.runtime.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.node.coordinator.BucketProperties;
import starling.node.coordinator.Quorum;
import starling.node.replica.BucketChange;
import starling.node.replica.BucketOutcome;
import starling.node.replica.NodeService;
import starling.node.storage.Durability;
import starling.wire.ProblemKind;

/** The properties of a bucket, read and changed. */
final class BucketApi {
  private final NodeService service;
  private final Bodies bodies;

  BucketApi(NodeService service, Bodies bodies) {
    this.service = service;
    this.bodies = bodies;
  }

  void handle(Exchange exchange) {
    String bucket = StoreKey.bucket(exchange.match());
    exchange.query().allowOnly(Set.of());
    if (exchange.verb().reads()) {
      RequestBodies.refuse(exchange);
      Accept.of(exchange).requireJson();
      exchange.answer(Answer.json(200, properties(service.bucket(bucket))));
      return;
    }
    if (!RequestBodies.type(exchange).isJson()) {
      throw RequestBodies.notJson();
    }
    bodies.collect(exchange, body -> change(exchange, bucket, body));
  }

  private void change(Exchange exchange, String bucket, byte[] body) {
    ChangeFields fields = new ChangeFields();
    JsonBodies.read(body, fields);
    BucketChange change = fields.change();
    BucketProperties.Flaw flaw = change.apply(service.bucket(bucket)).flaw();
    if (flaw != null) {
      throw new RequestRefused(
          ProblemKind.BAD_BODY, flaw.field(), flaw.field() + " " + flaw.detail());
    }
    service.changeBucket(
        exchange.requestId(),
        bucket,
        change,
        exchange.guarded(
            outcome -> {
              if (outcome instanceof BucketOutcome.Changed changed) {
                exchange.answer(Answer.json(200, properties(changed.properties())));
              } else {
                throw new RequestRefused(((BucketOutcome.Refused) outcome).refusal());
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

  /** The body of a change; what it does not name stays as it is. */
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
    public void field(String name, JsonParser parser) throws IOException {
      switch (name) {
        case "n" -> n = number(name, parser);
        case "r" -> r = quorum(name, parser);
        case "w" -> w = quorum(name, parser);
        case "pr" -> pr = quorum(name, parser);
        case "pw" -> pw = quorum(name, parser);
        case "durability" -> durability = durability(name, parser);
        case "timeoutMs" -> timeoutMillis = number(name, parser);
        case "conflict" -> conflict = conflict(name, parser);
        case "ttlSeconds" -> {
          if (parser.currentToken() != JsonToken.VALUE_NULL) {
            throw RequestRefused.notBuilt("ttlSeconds");
          }
        }
        default -> throw RequestRefused.unknown(ProblemKind.BAD_BODY, "field", name);
      }
    }

    BucketChange change() {
      return new BucketChange(n, r, w, pr, pw, durability, timeoutMillis, conflict);
    }

    private static int number(String name, JsonParser parser) throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
          && parser.getTextLength() <= 9
          && parser.getIntValue() >= 0) {
        return parser.getIntValue();
      }
      throw bad(name, "must be a whole number");
    }

    private static Quorum quorum(String name, JsonParser parser) throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        try {
          return Quorum.parse(parser.getText());
        } catch (IllegalArgumentException e) {
          throw bad(name, e.getMessage());
        }
      }
      return Quorum.of(number(name, parser));
    }

    private static Durability durability(String name, JsonParser parser) throws IOException {
      try {
        return RequestParts.durability(JsonBodies.string(name, parser));
      } catch (IllegalArgumentException e) {
        throw bad(name, e.getMessage());
      }
    }

    private static BucketProperties.Conflict conflict(String name, JsonParser parser)
        throws IOException {
      String text = JsonBodies.string(name, parser);
      for (BucketProperties.Conflict conflict : BucketProperties.Conflict.values()) {
        if (RequestParts.word(conflict).equals(text)) {
          return conflict;
        }
      }
      throw bad(name, "must be siblings or lww");
    }

    private static RequestRefused bad(String name, @Nullable String words) {
      return new RequestRefused(ProblemKind.BAD_BODY, name, name + " " + words);
    }
  }
}
