package starling.node.runtime.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import starling.node.request.Rejection;
import starling.node.request.WriteRequest;
import starling.node.runtime.http.ApiServer.Reply;
import starling.node.version.IdempotencyKey;
import starling.wire.ProblemKind;

/** What names a write, and what it names. */
class IdempotencyHeaderTest {
  private static final String BODY = "{\"value\":1}";
  private ApiServer server;

  @BeforeEach
  void start() {
    server = ApiServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Reply send(String method, String path, String body, String name) {
    return server.send(
        method, path, body, "Content-Type", "application/json", "Idempotency-Key", name);
  }

  private IdempotencyKey named(String method, String path, String body, String name) {
    Reply reply = send(method, path, body, name);
    assertThat(reply.status()).as(reply.text()).isBetween(200, 299);
    return last().idempotency();
  }

  private WriteRequest last() {
    return server.onLoop(() -> server.service.lastWrite);
  }

  private static boolean sameName(IdempotencyKey a, IdempotencyKey b) {
    return a.high() == b.high() && a.low() == b.low();
  }

  @Test
  void theNameBelongsToBucketKeyAndMethod() {
    IdempotencyKey first = named("PUT", "/api/v1/store/a", BODY, "order-17");
    assertThat(named("PUT", "/api/v1/store/a", BODY, "order-17")).isEqualTo(first);
    assertThat(named("PUT", "/api/v1/store", "{\"key\":\"a\",\"value\":1}", "order-17"))
        .isEqualTo(first);
    assertThat(named("PUT", "/api/v1/store/a?w=1&timeoutMs=900", BODY, " order-17"))
        .isEqualTo(first);
    Map<String, IdempotencyKey> others = new LinkedHashMap<>();
    others.put("name", named("PUT", "/api/v1/store/a", BODY, "order-18"));
    others.put("key", named("PUT", "/api/v1/store/b", BODY, "order-17"));
    others.put("bucket", named("PUT", "/api/v1/buckets/x/store/a", BODY, "order-17"));
    others.put("delete", named("DELETE", "/api/v1/store/a", "", "order-17"));
    others.put("post", named("POST", "/api/v1/store", "{\"key\":\"a\",\"value\":1}", "order-17"));
    others.forEach((what, other) -> assertThat(sameName(first, other)).as(what).isFalse());
  }

  @Test
  void whatTheWriteAsksForIsPartOfIt() {
    IdempotencyKey first = named("PUT", "/api/v1/store/a", BODY, "k");
    Map<String, IdempotencyKey> others = new LinkedHashMap<>();
    others.put("value", named("PUT", "/api/v1/store/a", "{\"value\":2}", "k"));
    others.put("context", named("PUT", "/api/v1/store/a", "{\"value\":1,\"context\":\"\"}", "k"));
    others.put(
        "encoding",
        named("PUT", "/api/v1/store/a", "{\"value\":\"MQ\",\"encoding\":\"base64\"}", "k"));
    others.forEach(
        (what, other) -> {
          assertThat(sameName(first, other)).as(what).isTrue();
          assertThat(other.requestHash()).as(what).isNotEqualTo(first.requestHash());
        });
  }

  @Test
  void withoutTheHeaderAWriteHasNoName() {
    Reply reply = server.send("PUT", "/api/v1/store/a", BODY, "Content-Type", "application/json");
    assertThat(reply.status()).isEqualTo(201);
    assertThat(last().idempotency()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\tb"})
  void whatIsNoNameIsRefusedBeforeAnythingIsWritten(String name) {
    for (String method : new String[] {"PUT", "DELETE"}) {
      Reply reply = send(method, "/api/v1/store/a", method.equals("PUT") ? BODY : "", name);
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.field("field")).isEqualTo("Idempotency-Key");
    }
    assertThat(last()).isNull();
  }

  @Test
  void aNameHasAtMost128Characters() {
    assertThat(send("PUT", "/api/v1/store/a", BODY, "x".repeat(128)).status()).isEqualTo(201);
    assertThat(send("PUT", "/api/v1/store/a", BODY, "x".repeat(129)).status()).isEqualTo(400);
  }

  private Reply attempt(String method, String... headers) {
    List<String> all = new ArrayList<>(List.of("Content-Type", "application/json"));
    all.addAll(List.of(headers));
    String body = method.equals("PUT") ? BODY : "";
    return server.send(method, "/api/v1/store/a", body, all.toArray(String[]::new));
  }

  @Test
  void aFirstAttemptIsMarkedAndARetryIsNot() {
    for (String method : new String[] {"PUT", "DELETE"}) {
      String key = "k-" + method;
      attempt(method, "Idempotency-Key", key, "X-Starling-Attempt", "first");
      assertThat(last().firstAttempt()).isTrue();
      attempt(method, "Idempotency-Key", key);
      assertThat(last().firstAttempt()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "First", "second", "1", "first, first"})
  void anotherAttemptThanTheFirstIsRejected(String value) {
    for (String method : new String[] {"PUT", "DELETE"}) {
      Reply reply = attempt(method, "Idempotency-Key", "k", "X-Starling-Attempt", value);
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.field("field")).isEqualTo("X-Starling-Attempt");
    }
    assertThat(last()).isNull();
  }

  @Test
  void aFirstAttemptWithoutAKeyIsRejected() {
    Reply reply = attempt("PUT", "X-Starling-Attempt", "first");
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.field("field")).isEqualTo("X-Starling-Attempt");
    assertThat(last()).isNull();
  }

  @Test
  void whoComesTooEarlyIsToldWhenToComeAgain() {
    server.onLoop(
        () -> server.service.refuseWith = Rejection.of(ProblemKind.STILL_RUNNING, "not done"));
    Reply reply = send("PUT", "/api/v1/store/a", BODY, "k");
    assertThat(reply.status()).isEqualTo(409);
    assertThat(reply.field("type")).isEqualTo("urn:starling:problem:still-running");
    assertThat(reply.header("Retry-After")).isNotEmpty();
  }
}
