package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import starling.node.runtime.http.ApiServer.Reply;
import starling.wire.Percent;
import starling.wire.ProblemKind;

/**
 * Walks every route and every example of the description of the API against a running one, each
 * with nothing stored, with a value, with a tombstone and with siblings.
 */
class OpenApiTest {
  private static ApiServer server;
  private static JsonNode document;
  private static final Map<String, Schema> SCHEMAS = new HashMap<>();

  @BeforeAll
  static void start() {
    server = ApiServer.start();
    document = server.get("/openapi.json").json();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void everyRouteIsInTheDocumentAndTheOtherWayRound() {
    Set<String> served = new TreeSet<>();
    for (Route route : Route.values()) {
      route.verbs().forEach(verb -> served.add(verb + " " + route.template()));
    }
    Set<String> described = new TreeSet<>();
    forEachOperation((path, verb, operation) -> described.add(verb + " " + path));
    assertThat(described).isEqualTo(served);
  }

  @Test
  void everyKindOfProblemIsInTheDocumentAndTheOtherWayRound() {
    Map<String, Integer> kinds = new TreeMap<>();
    for (ProblemKind kind : ProblemKind.values()) {
      kinds.put(kind.type() + " " + kind.title(), kind.status());
    }
    Map<String, Integer> described = new TreeMap<>();
    JsonNode problem = document.at("/components/schemas/Problem");
    for (JsonNode kind : problem.get("x-problem-kinds")) {
      described.put(
          kind.get("type").asText() + " " + kind.get("title").asText(), kind.get("status").asInt());
    }
    assertThat(described).isEqualTo(kinds);
    Set<String> types = new LinkedHashSet<>();
    problem.at("/properties/type/enum").forEach(type -> types.add(type.asText()));
    assertThat(types).hasSize(ProblemKind.values().length);
  }

  @Test
  void everyOperationHasItsOwnId() {
    List<String> ids = new ArrayList<>();
    forEachOperation((path, verb, operation) -> ids.add(operation.get("operationId").asText()));
    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    document
        .findValuesAsText("$ref")
        .forEach(ref -> assertThat(at(ref).isMissingNode()).as(ref).isFalse());
  }

  @Test
  void everyExampleOfAnAnswerFitsItsSchema() {
    List<JsonNode> responses = new ArrayList<>();
    document.at("/components/responses").forEach(responses::add);
    forEachOperation((path, verb, operation) -> operation.get("responses").forEach(responses::add));
    int checked = 0;
    for (JsonNode response : responses) {
      for (JsonNode media : response.path("content")) {
        for (JsonNode example : media.path("examples")) {
          fits(media.get("schema"), example.get("value"), media.toString());
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThan(20);
  }

  @Test
  void everyRouteAndExampleDoesWhatTheDocumentSays() {
    Map<String, Set<String>> seen = new TreeMap<>();
    Set<String> optional = new TreeSet<>();
    forEachOperation(
        (path, verb, operation) -> {
          Set<String> statuses = new TreeSet<>();
          for (Request request : requests(path, operation)) {
            for (State state : State.values()) {
              state.prepare();
              Reply reply = request.send(verb);
              statuses.add(Integer.toString(reply.status()));
              check(operation, request, reply, optional);
            }
          }
          seen.put(verb + " " + path, statuses);
        });
    forEachOperation(
        (path, verb, operation) ->
            operation
                .get("responses")
                .fieldNames()
                .forEachRemaining(
                    status -> {
                      if (status.compareTo("400") < 0 || status.equals("501")) {
                        assertThat(seen.get(verb + " " + path)).as(verb + path).contains(status);
                      }
                    }));
    assertThat(optional)
        .containsExactly(
            "ETag absent",
            "ETag present",
            "X-Starling-Context absent",
            "X-Starling-Context present");
  }

  /** What stands under the keys of the examples. */
  private enum State {
    NOTHING,
    VALUE,
    TOMBSTONE,
    SIBLINGS;

    void prepare() {
      server.onLoop(
          () -> {
            server.service.clear();
            return null;
          });
      for (String store : List.of("/api/v1/store", "/api/v1/buckets/carts/store")) {
        for (String key : List.of("user%2F42", "a%2F..%2Fb")) {
          String target = store + "?key=" + key;
          if (this != NOTHING) {
            server.putJson(target, "{\"value\":1}");
          }
          if (this == SIBLINGS) {
            server.putJson(target, "{\"value\":2,\"context\":\"\"}");
          }
          if (this == TOMBSTONE) {
            server.send("DELETE", target, (byte[]) null);
          }
        }
      }
    }
  }

  private record Request(String target, List<String> headers, byte[] body) {
    Reply send(String verb) {
      return server.send(verb, target, body, headers.toArray(new String[0]));
    }

    Request with(JsonNode parameter) {
      String name = parameter.get("name").asText();
      String example = parameter.get("example").asText();
      if (parameter.get("in").asText().equals("header")) {
        List<String> more = new ArrayList<>(headers);
        more.add(name);
        more.add(example);
        return new Request(target, more, body);
      }
      String sign = target.contains("?") ? "&" : "?";
      return new Request(target + sign + name + "=" + encode(example), headers, body);
    }
  }

  private static List<Request> requests(String path, JsonNode operation) {
    List<JsonNode> parameters = parameters(path, operation);
    String target = path;
    for (JsonNode parameter : parameters) {
      if (parameter.get("in").asText().equals("path")) {
        String example = encode(parameter.get("example").asText());
        target = target.replace('{' + parameter.get("name").asText() + '}', example);
      }
    }
    List<Request> bodies = new ArrayList<>();
    JsonNode content = operation.at("/requestBody/content");
    content
        .properties()
        .forEach(
            media ->
                media
                    .getValue()
                    .path("examples")
                    .forEach(
                        example -> bodies.add(body(path, media.getKey(), example.get("value")))));
    if (bodies.isEmpty() || !operation.at("/requestBody/required").asBoolean(false)) {
      bodies.add(new Request(path, List.of(), null));
    }
    List<Request> requests = new ArrayList<>();
    for (Request body : bodies) {
      Request plain = new Request(target, body.headers(), body.body());
      for (Request named : named(plain, parameters)) {
        requests.add(named);
        for (JsonNode parameter : parameters) {
          boolean optional = !parameter.get("in").asText().equals("path");
          if (optional && !isKey(parameter) && parameter.has("example")) {
            requests.add(named.with(parameter));
          }
        }
      }
    }
    return requests;
  }

  /** The request as it is, and with the key in each way that the query can name it. */
  private static List<Request> named(Request plain, List<JsonNode> parameters) {
    List<Request> named = new ArrayList<>();
    named.add(plain);
    for (JsonNode parameter : parameters) {
      if (isKey(parameter) && parameter.get("in").asText().equals("query")) {
        named.add(plain.with(parameter));
      }
    }
    return named;
  }

  private static boolean isKey(JsonNode parameter) {
    return parameter.get("name").asText().startsWith("key");
  }

  private static Request body(String path, String type, JsonNode value) {
    boolean json = type.equals("application/json");
    return new Request(
        path,
        List.of("Content-Type", json ? type : "application/octet-stream"),
        (json ? value.toString() : value.asText()).getBytes(StandardCharsets.UTF_8));
  }

  private static void check(
      JsonNode operation, Request request, Reply reply, Set<String> optional) {
    String what = request + " -> " + reply.status() + " " + reply.text();
    JsonNode response = resolve(operation.get("responses").path("" + reply.status()));
    assertThat(response.isMissingNode()).as(what).isFalse();
    assertThat(reply.header("X-Request-Id")).as(what).isNotEmpty();
    if (reply.status() < 400) {
      response
          .path("headers")
          .properties()
          .forEach(
              header -> {
                String name = header.getKey();
                if (resolve(header.getValue()).path("required").asBoolean(true)) {
                  assertThat(reply.header(name)).as(what + name).isNotNull();
                } else {
                  optional.add(name + (reply.header(name) == null ? " absent" : " present"));
                }
              });
    }
    JsonNode content = response.path("content");
    if (reply.body().length > 0) {
      String type = reply.header("Content-Type").split(";", -1)[0];
      assertThat(content.has(type) || content.has("*/*")).as(what).isTrue();
      if (type.endsWith("json") && !request.target().contains("raw=")) {
        fits(content.get(type).get("schema"), reply.json(), what);
      }
    }
  }

  private static void fits(JsonNode schema, JsonNode value, String what) {
    Schema compiled =
        SCHEMAS.computeIfAbsent(
            schema.toString(),
            text -> {
              ObjectNode whole = schema.deepCopy();
              whole.set("components", document.get("components"));
              return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                  .getSchema(whole);
            });
    assertThat(compiled.validate(value)).as(what).isEmpty();
  }

  private static List<JsonNode> parameters(String path, JsonNode operation) {
    List<JsonNode> parameters = new ArrayList<>();
    document.get("paths").get(path).path("parameters").forEach(p -> parameters.add(resolve(p)));
    operation.path("parameters").forEach(p -> parameters.add(resolve(p)));
    return parameters;
  }

  private static JsonNode resolve(JsonNode node) {
    return node.has("$ref") ? at(node.get("$ref").asText()) : node;
  }

  private static JsonNode at(String ref) {
    return document.at(ref.substring(1));
  }

  private static String encode(String text) {
    return Percent.encode(text.getBytes(StandardCharsets.UTF_8));
  }

  private interface Visitor {
    void visit(String path, String verb, JsonNode operation);
  }

  private static void forEachOperation(Visitor visitor) {
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        operation -> {
                          if (!operation.getKey().equals("parameters")) {
                            visitor.visit(
                                path.getKey(),
                                operation.getKey().toUpperCase(Locale.ROOT),
                                operation.getValue());
                          }
                        }));
  }
}
