package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The client against servers that close, hang, answer garbage, or lose answers. */
class HostileServerTest {
  private static final Behavior QUICK =
      Behavior.DEFAULT
          .deadline(Duration.ofSeconds(10))
          .attemptTimeout(Duration.ofMillis(200))
          .hedge(Hedge.OFF);

  static List<Transport> transports() {
    return List.of(Transport.vertx(), Transport.jdk());
  }

  private static Starling client(Transport transport, Behavior behavior, String... endpoints) {
    return Starling.builder().endpoints(endpoints).behavior(behavior).transport(transport).build();
  }

  private static Bucket<String> texts(Starling starling) {
    return starling.bucket("b", Codecs.text());
  }

  private static HostileServer server(String answer) {
    return new HostileServer(request -> answer);
  }

  @ParameterizedTest
  @MethodSource("transports")
  void aLostAnswerIsRetriedUnderTheSameKey(Transport transport) {
    AtomicInteger puts = new AtomicInteger();
    try (HostileServer server =
            new HostileServer(
                request ->
                    puts.incrementAndGet() == 1
                        ? HostileServer.CLOSE
                        : HostileServer.stored("c1"));
        Starling starling = client(transport, QUICK, server.address())) {
      Written written = texts(starling).blocking().put("k", "v");
      assertThat(written.context()).isEqualTo(new Context("c1"));
      assertThat(written.attempts().list()).hasSize(2);
      List<String> sent = server.requests.stream().filter(text -> text.startsWith("PUT")).toList();
      assertThat(sent).hasSize(2);
      assertThat(header(sent.get(1), "Idempotency-Key"))
          .isNotEmpty()
          .isEqualTo(header(sent.get(0), "Idempotency-Key"));
      assertThat(header(sent.get(0), "X-Starling-Attempt")).isEqualTo("first");
      assertThat(header(sent.get(1), "X-Starling-Attempt")).isEmpty();
    }
  }

  @Test
  void aBatchThatWasSentTwiceLeavesTheOutcomeOfARejectedWriteOpen() {
    AtomicInteger sent = new AtomicInteger();
    String rejected =
        "{\"results\":[{\"status\":503,\"type\":\"urn:starling:problem:unavailable\","
            + "\"detail\":\"because\",\"outcome\":\"none\"}]}";
    HostileServer.Behaves behaves =
        request ->
            sent.getAndIncrement() == 0
                ? HostileServer.CLOSE
                : HostileServer.answer(200, "Content-Type: application/json\r\n", rejected);
    try (HostileServer server = new HostileServer(behaves);
        Starling starling =
            client(Transport.vertx(), QUICK.retries(Retries.of(2, 1)), server.address())) {
      BlockingBucket<String> texts = texts(starling).blocking();
      // The first request may have been executed, and its answer is lost.
      Result<?> first = texts.batch(b -> b.put("k", "v")).get(0);
      assertThat(((Result.Failed<?>) first).failure().outcome())
          .isEqualTo(StarlingException.Outcome.MAY_BE_WRITTEN);
      Result<?> second = texts.batch(b -> b.put("k", "v")).get(0);
      assertThat(((Result.Failed<?>) second).failure().outcome())
          .isEqualTo(StarlingException.Outcome.NOTHING_WRITTEN);
      assertThat(sent).hasValue(3);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void aBatchWhoseFirstRequestNeverLeftIsJudgedByItsAnswer(Transport transport) {
    String rejected =
        "{\"results\":[{\"status\":503,\"type\":\"urn:starling:problem:unavailable\","
            + "\"detail\":\"because\",\"outcome\":\"none\"}]}";
    try (HostileServer gone = server(HostileServer.CLOSE);
        HostileServer answers =
            server(HostileServer.answer(200, "Content-Type: application/json\r\n", rejected))) {
      // The ring has one node, which accepts no connection; the endpoint itself answers instead.
      answers.names(gone);
      gone.end();
      try (Starling starling = client(transport, QUICK, answers.address())) {
        Result<?> result = texts(starling).blocking().batch(b -> b.put("k", "v")).get(0);
        StarlingException failure = ((Result.Failed<?>) result).failure();
        assertThat(failure.attempts().list()).hasSize(2);
        assertThat(failure.outcome()).isEqualTo(StarlingException.Outcome.NOTHING_WRITTEN);
      }
    }
  }

  private static String header(String request, String name) {
    int at = request.indexOf(name + ": ");
    return at < 0 ? "" : request.substring(at + name.length() + 2, request.indexOf('\r', at));
  }

  @ParameterizedTest
  @MethodSource("transports")
  void aServerThatHangsIsLeftForAnother(Transport transport) {
    try (HostileServer hangs = server(HostileServer.HANG);
        HostileServer answers = server(HostileServer.found("v"))) {
      HostileServer.join(hangs, answers);
      try (Starling starling =
          client(transport, QUICK.retries(Retries.of(4, 1)), hangs.address())) {
        hangs.ready(false);
        for (int i = 0; i < 20; i++) {
          assertThat(texts(starling).blocking().get("k" + i).value()).isEqualTo("v");
        }
        assertThat(hangs.stored()).as("left alone after its first silence").isLessThan(3);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void theDeadlineHoldsWhereNobodyAnswers(Transport transport) {
    try (HostileServer server = server(HostileServer.HANG);
        Starling starling =
            client(transport, QUICK.deadline(Duration.ofMillis(500)), server.address())) {
      long begun = System.nanoTime();
      assertThatThrownBy(() -> texts(starling).blocking().put("k", "v"))
          .isInstanceOfSatisfying(
              TimedOutException.class,
              e -> {
                assertThat(e.outcome()).isEqualTo(StarlingException.Outcome.MAY_BE_WRITTEN);
                assertThat(e.retryable()).isFalse();
                assertThat(e.requestId()).isPresent();
              });
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void garbageIsAProtocolFailure(Transport transport) {
    for (String garbage :
        List.of(
            "SSH-2.0-OpenSSH_9.2p1 Debian\r\n\r\n",
            HostileServer.answer(302, "Location: /\r\n", ""),
            HostileServer.answer(404, "Content-Type: text/html\r\n", "<html>"))) {
      try (HostileServer server = server(garbage);
          Starling starling =
              client(transport, QUICK.retries(Retries.of(2, 1)), server.address())) {
        assertThatThrownBy(() -> texts(starling).blocking().get("k"))
            .as(garbage)
            .isInstanceOfAny(ProtocolException.class, UnavailableException.class);
      }
    }
  }

  @Test
  void anUnknownKindOfProblemKeepsItsName() {
    try (HostileServer server = server(HostileServer.problem(409, "brand-new", ",\"x\":[{}]"));
        Starling starling = client(Transport.vertx(), QUICK, server.address())) {
      assertThatThrownBy(() -> texts(starling).blocking().put("k", "v"))
          .isInstanceOfSatisfying(
              InvalidRequestException.class,
              e -> {
                assertThat(e.kind()).isEqualTo("brand-new");
                assertThat(e.requestId()).contains("r-7");
                assertThat(e.outcome()).isEqualTo(StarlingException.Outcome.NOTHING_WRITTEN);
              })
          .hasMessageContaining("because");
    }
  }

  @Test
  void problemsBecomeTheirExceptions() {
    record Expected(String answer, Class<? extends StarlingException> type) {}
    for (Expected expected :
        List.of(
            new Expected(HostileServer.problem(401, "unauthorized", ""), DeniedException.class),
            new Expected(HostileServer.problem(403, "forbidden", ""), DeniedException.class),
            new Expected(
                HostileServer.problem(409, "too-many-siblings", ""),
                TooManySiblingsException.class),
            new Expected(
                HostileServer.problem(412, "precondition-failed", ""),
                ConditionFailedException.class),
            new Expected(
                HostileServer.problem(501, "not-built", ""), InvalidRequestException.class),
            new Expected(HostileServer.problem(504, "timeout", ""), TimedOutException.class),
            new Expected(
                HostileServer.problem(429, "too-many-requests", ""), OverloadedException.class))) {
      try (HostileServer server = server(expected.answer);
          Starling starling =
              client(Transport.vertx(), QUICK.retries(Retries.NONE), server.address())) {
        assertThatThrownBy(() -> texts(starling).blocking().put("k", "v"))
            .as(expected.answer)
            .isInstanceOf(expected.type);
        assertThat(server.requests.get(server.requests.size() - 1))
            .as("no retries, so no key")
            .doesNotContain("Idempotency-Key");
      }
    }
  }

  @Test
  void unknownHostsAndClosedPortsAreNamed() {
    try (Starling starling =
        client(
            Transport.vertx(),
            QUICK.deadline(Duration.ofMillis(1500)),
            "no-such-host.invalid:80",
            "127.0.0.1:1")) {
      assertThatThrownBy(() -> texts(starling).blocking().put("k", "v"))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("no-such-host.invalid:80")
          .hasMessageContaining("127.0.0.1:1 cannot be connected to");
    }
  }

  @Test
  void endpointsOfDifferentClustersFailEveryCall() {
    try (HostileServer one = server(HostileServer.stored("c"));
        HostileServer other = server(HostileServer.stored("c"));
        Starling starling = client(Transport.vertx(), QUICK, one.address(), other.address())) {
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> texts(starling).blocking().put("k", "v"))
                      .isInstanceOf(InvalidRequestException.class)
                      .hasMessageContaining("different clusters"));
    }
  }

  @Test
  void badKeysAreRejectedBeforeSending() {
    try (HostileServer server = server(HostileServer.found("v"));
        Starling starling = client(Transport.vertx(), QUICK, server.address())) {
      for (String key : List.of("", "k".repeat(1025), "\ud800")) {
        assertThat(texts(starling).get(key))
            .isCompletedExceptionally()
            .failsWithin(Duration.ZERO)
            .withThrowableThat()
            .withCauseInstanceOf(InvalidRequestException.class);
      }
      assertThat(server.stored()).isZero();
      assertThatThrownBy(() -> starling.bucket("..")).isInstanceOf(InvalidRequestException.class);
    }
  }

  @Test
  void aCodecResolverOrChangeThatThrowsFailsItsCall() {
    Codec<String> throwing =
        new Codec<>() {
          @Override
          public Body encode(String value) {
            throw new IllegalStateException("encode");
          }

          @Override
          public String decode(Body body) {
            throw new IllegalStateException("decode");
          }
        };
    String siblings =
        HostileServer.answer(
            300, "X-Starling-Context: c\r\n", "{\"siblings\":[{\"value\":1},{\"value\":2}]}");
    AtomicReference<String> answer = new AtomicReference<>(HostileServer.found("v"));
    try (HostileServer server = new HostileServer(request -> answer.get());
        Starling starling = client(Transport.vertx(), QUICK, server.address())) {
      Bucket<String> bucket = starling.bucket("b", throwing);
      assertThatThrownBy(() -> bucket.blocking().put("k", "v"))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("encode");
      assertThatThrownBy(() -> bucket.blocking().get("k"))
          .isInstanceOf(ProtocolException.class)
          .hasMessageContaining("decode");
      assertThatThrownBy(
              () ->
                  texts(starling)
                      .blocking()
                      .update(
                          "k",
                          value -> {
                            throw new IllegalStateException("change");
                          }))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("change");
      answer.set(siblings);
      assertThatThrownBy(
              () ->
                  texts(starling)
                      .resolving(
                          values -> {
                            throw new IllegalStateException("resolve");
                          })
                      .blocking()
                      .get("k"))
          .isInstanceOfSatisfying(
              UnresolvedException.class, e -> assertThat(e.siblings()).hasSize(2))
          .hasMessageContaining("resolve");
      assertThatThrownBy(() -> texts(starling).blocking().update("k", value -> value + "x"))
          .isInstanceOf(UnresolvedException.class);
      assertThat(server.requests).noneMatch(request -> request.startsWith("PUT"));
    }
  }

  @Test
  void boundsFailCallsAtOnce() {
    try (HostileServer server = server(HostileServer.HANG);
        Starling starling =
            Starling.builder()
                .endpoints(server.address())
                .behavior(QUICK)
                .maxInFlightPerNode(2)
                .maxWaiting(3)
                .build()) {
      CompletableFuture<?> warm = starling.bucket("b").get("warm");
      await().until(() -> server.stored() > 0);
      assertThat(warm).isNotDone();
      List<CompletableFuture<?>> calls = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        calls.add(texts(starling).get("k" + i));
      }
      long rejected = calls.stream().filter(CompletableFuture::isCompletedExceptionally).count();
      assertThat(rejected).as("one node: two in flight, three waiting").isEqualTo(16);
      assertThat(calls.get(19))
          .failsWithin(Duration.ZERO)
          .withThrowableThat()
          .withCauseInstanceOf(OverloadedException.class);
    }
  }

  @Test
  void cancelledCallsGiveTheirPlaceToOthers() {
    try (HostileServer server = server(HostileServer.HANG);
        Starling starling =
            Starling.builder()
                .endpoints(server.address())
                .behavior(QUICK.deadline(Duration.ofSeconds(60)))
                .maxInFlightPerNode(1)
                .maxWaiting(1)
                .build()) {
      var unused = starling.cluster().ready().exceptionally(failure -> null);
      await().until(() -> server.requests.stream().anyMatch(text -> text.contains("/members")));
      CompletableFuture<Reading<String>> waiting = texts(starling).get("k");
      await().untilAsserted(() -> assertThat(texts(starling).get("k")).isCompletedExceptionally());
      waiting.cancel(true);
      assertThat(waiting).isCancelled();
      await()
          .until(
              () -> {
                CompletableFuture<Reading<String>> next = texts(starling).get("k");
                boolean taken = !next.isDone();
                next.cancel(true);
                return taken;
              });
    }
  }

  @Test
  void anInterruptedCallSaysSo() throws InterruptedException {
    try (HostileServer server = server(HostileServer.HANG);
        Starling starling = client(Transport.vertx(), QUICK, server.address())) {
      Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
      Thread caller =
          new Thread(
              () -> {
                try {
                  texts(starling).blocking().get("k");
                } catch (RuntimeException e) {
                  thrown.add(e);
                }
              });
      caller.start();
      await().until(() -> server.stored() > 0);
      caller.interrupt();
      caller.join(TimeUnit.SECONDS.toMillis(10));
      assertThat(thrown).singleElement().isInstanceOf(CancellationException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void closingFailsOpenCallsWithinASecondAndLeavesNoThread(Transport transport) {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    try (HostileServer server = server(HostileServer.HANG)) {
      Starling starling = client(transport, QUICK, server.address());
      CompletableFuture<Written> open = texts(starling).put("k", "v");
      await().until(() -> server.stored() > 0);
      long begun = System.nanoTime();
      starling.close();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(1500));
      assertThat(open)
          .failsWithin(Duration.ZERO)
          .withThrowableThat()
          .withCauseInstanceOf(ClosedException.class);
      assertThat(texts(starling).get("k"))
          .failsWithin(Duration.ZERO)
          .withThrowableThat()
          .withCauseInstanceOf(ClosedException.class);
      starling.close();
      await()
          .untilAsserted(
              () ->
                  assertThat(Thread.getAllStackTraces().keySet())
                      .filteredOn(thread -> !before.contains(thread))
                      .extracting(Thread::getName)
                      .noneMatch(
                          name ->
                              name.startsWith("vert.x")
                                  || name.startsWith("vertx")
                                  || name.startsWith("starling-client")));
    }
  }

  @Test
  void observersAreToldAndCannotFailACall() {
    List<String> events = new java.util.concurrent.CopyOnWriteArrayList<>();
    Observer observer =
        (operation, bucket) -> {
          events.add(operation + " " + bucket);
          return new Observer.Observation() {
            @Override
            public void attempt(String node) {
              events.add("attempt");
              throw new IllegalStateException("an observer that fails");
            }

            @Override
            public void answered(String node, int status) {
              events.add("answered " + status);
              throw new NoSuchMethodError("an observer of another version");
            }

            @Override
            public void finished(
                StarlingException.@Nullable Outcome outcome, @Nullable String kind) {
              events.add("finished " + outcome + " " + kind);
            }
          };
        };
    try (HostileServer server = server(HostileServer.found("v"));
        Starling starling =
            Starling.builder()
                .endpoints(server.address())
                .behavior(QUICK)
                .observer(observer)
                .build()) {
      texts(starling).blocking().get("k");
      server.behave(request -> HostileServer.problem(400, "bad-key", ""));
      assertThatThrownBy(() -> texts(starling).blocking().put("k", "v"))
          .isInstanceOf(InvalidRequestException.class);
      assertThat(events)
          .containsExactly(
              "GET b",
              "attempt",
              "answered 200",
              "finished null null",
              "PUT b",
              "attempt",
              "answered 400",
              "finished NOTHING_WRITTEN bad-key");
    }
  }

  @Test
  void theTokenIsAskedForEachCallAndCannotEndAHeader() {
    AtomicReference<String> token = new AtomicReference<>("one");
    try (HostileServer server = server(HostileServer.found("v"));
        Starling starling =
            Starling.builder()
                .endpoints(server.address())
                .behavior(QUICK)
                .token(token::get)
                .build()) {
      texts(starling).blocking().get("k");
      token.set("two");
      texts(starling).blocking().get("k");
      assertThat(server.requests.stream().filter(text -> text.contains("/buckets/")))
          .extracting(text -> header(text, "Authorization"))
          .containsExactly("Bearer one", "Bearer two");
      token.set("two\r\nX: y");
      assertThatThrownBy(() -> texts(starling).blocking().get("k"))
          .isInstanceOf(InvalidRequestException.class);
      token.set("one");
    }
  }

  @Test
  void aNodeThatComesBackIsFoundByAProbe() {
    try (HostileServer server = server(HostileServer.problem(503, "not-ready", ""));
        Starling starling = client(Transport.vertx(), QUICK, server.address())) {
      server.ready(false);
      CompletableFuture<Reading<String>> call = texts(starling).get("k");
      await()
          .until(() -> server.requests.stream().anyMatch(text -> text.contains("/health/ready")));
      assertThat(server.stored()).isEqualTo(1);
      server.behave(request -> HostileServer.found("back"));
      server.ready(true);
      assertThat(call).succeedsWithin(Duration.ofSeconds(10));
    }
  }
}
