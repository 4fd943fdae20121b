package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests of the program's own. */
class RequestTest {
  private static final Behavior QUICK =
      Behavior.DEFAULT
          .deadline(Duration.ofSeconds(10))
          .attemptTimeout(Duration.ofSeconds(5))
          .retries(Retries.of(4, 1));

  static List<Transport> transports() {
    return List.of(Transport.vertx(), Transport.jdk());
  }

  private static Starling client(Transport transport, Routing routing, String... endpoints) {
    return Starling.builder()
        .endpoints(endpoints)
        .behavior(QUICK)
        .transport(transport)
        .routing(routing)
        .build();
  }

  private static Body json(String text) {
    return Body.of(text.getBytes(StandardCharsets.UTF_8), Body.JSON);
  }

  @ParameterizedTest
  @MethodSource("transports")
  void aRequestTravelsAsItIs(Transport transport) {
    String answer = "{\"message\":\"stored\",\"new\":1.10}";
    try (HostileServer server =
            new HostileServer(
                request ->
                    HostileServer.answer(
                        201,
                        "Content-Type: application/json\r\nX-Starling-Context: c2\r\nETag: \"e\"\r\n",
                        answer));
        Starling starling = client(transport, Routing.RING, server.address())) {
      Request request =
          Request.put("/api/v1/store?key=", json("{\"value\": 1}"))
              .accept("application/json")
              .replacing(new Context("c1"))
              .idempotencyKey("mine");
      Response response = starling.send(request).join();
      assertThat(response.status()).isEqualTo(201);
      assertThat(response.contentType()).contains("application/json");
      assertThat(response.text()).isEqualTo(answer);
      assertThat(response.bytes()).isEqualTo(answer.getBytes(StandardCharsets.UTF_8));
      assertThat(response.context()).contains(new Context("c2"));
      assertThat(response.etag()).contains(new Etag("\"e\""));
      assertThat(response.attempts().list()).hasSize(1);
      String sent = server.requests.get(server.requests.size() - 1);
      assertThat(sent)
          .startsWith("PUT /api/v1/store?key= HTTP/1.1\r\n")
          .contains("Accept: application/json\r\n")
          .contains("Content-Type: application/json\r\n")
          .contains("X-Starling-Context: c1\r\n")
          .contains("Idempotency-Key: mine\r\n")
          .endsWith("\r\n\r\n{\"value\": 1}");
    }
  }

  @Test
  void aRejectionSaysItsStatusTitleAndDetail() {
    try (HostileServer server =
            new HostileServer(
                request -> HostileServer.problem(404, "not-found", ",\"title\":\"Not found\""));
        Starling starling = client(Transport.vertx(), Routing.ENDPOINTS, server.address())) {
      assertThatThrownBy(() -> starling.send(Request.get("/api/v1/store/k")).join())
          .cause()
          .isInstanceOfSatisfying(
              InvalidRequestException.class,
              e -> {
                assertThat(e.status()).isEqualTo(404);
                assertThat(e.title()).contains("Not found");
                assertThat(e.detail()).isEqualTo("because");
                assertThat(e.kind()).isEqualTo("not-found");
              });
    }
  }

  @Test
  void statusAndTitleOfAnOperationOfABatchAreSaidToo() {
    String results =
        "{\"results\":[{\"status\":503,\"type\":\"urn:starling:problem:unavailable\","
            + "\"title\":\"Too few\",\"detail\":\"because\",\"outcome\":\"none\"}]}";
    try (HostileServer server =
            new HostileServer(request -> HostileServer.answer(200, "", results));
        Starling starling = client(Transport.vertx(), Routing.ENDPOINTS, server.address())) {
      Result<?> result =
          starling.bucket("b", Codecs.text()).blocking().batch(b -> b.put("k", "v")).get(0);
      StarlingException failure = ((Result.Failed<?>) result).failure();
      assertThat(failure.status()).isEqualTo(503);
      assertThat(failure.title()).contains("Too few");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void aWriteIsSentOnceUnlessItMayBeRepeated(Transport transport) {
    AtomicInteger sent = new AtomicInteger();
    HostileServer.Behaves firstIsLost =
        request -> sent.getAndIncrement() == 0 ? HostileServer.CLOSE : HostileServer.stored("c");
    Request once = Request.post("/api/v1/batch", json("{}"));
    try (HostileServer server = new HostileServer(firstIsLost);
        Starling starling = client(transport, Routing.ENDPOINTS, server.address())) {
      assertThatThrownBy(() -> starling.send(once).join())
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(
              UnavailableException.class,
              e -> assertThat(e.outcome()).isEqualTo(StarlingException.Outcome.MAY_BE_WRITTEN));
      assertThat(sent).hasValue(1);
      for (Request repeatable : List.of(once.repeatable(), once.idempotencyKey("k"))) {
        sent.set(0);
        assertThat(starling.send(repeatable).join().status()).isEqualTo(201);
        assertThat(sent).hasValue(2);
      }
      List<String> batches =
          server.requests.stream().filter(text -> text.startsWith("POST")).toList();
      assertThat(batches.get(1)).doesNotContain("Idempotency-Key");
    }
  }

  @Test
  void whatCannotBeSentIsRejectedBefore() {
    for (String target :
        List.of("", "api", "/a b", "/\r\nHost: x", "/\u00fc", "/" + "a".repeat(8000))) {
      assertThatThrownBy(() -> Request.get(target))
          .isInstanceOfSatisfying(
              InvalidRequestException.class, e -> assertThat(e.field()).contains("target"));
    }
    assertThatThrownBy(() -> Request.get("/").accept("a\r\nb"))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(() -> Request.get("/").idempotencyKey("a b"))
        .isInstanceOf(InvalidRequestException.class);
    assertThat(Request.get("/a?b")).hasToString("GET /a?b");
  }
}
