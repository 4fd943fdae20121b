package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Code of the program that throws, waits on the client's thread, or cancels. */
class ProgramErrorsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Behavior QUICK =
      Behavior.DEFAULT
          .deadline(Duration.ofSeconds(10))
          .attemptTimeout(Duration.ofSeconds(5))
          .hedge(Hedge.OFF);

  static List<Transport> transports() {
    return List.of(Transport.vertx(), Transport.jdk());
  }

  private static Starling client(Transport transport, HostileServer server) {
    return Starling.builder()
        .endpoints(server.address())
        .behavior(QUICK)
        .transport(transport)
        .build();
  }

  private static Bucket<String> texts(Starling starling) {
    return starling.bucket("b", Codecs.text());
  }

  private static HostileServer server(String answer) {
    return new HostileServer(request -> answer);
  }

  private static String page(String keys) {
    return HostileServer.answer(200, "", "{\"keys\":[" + keys + "],\"complete\":true}");
  }

  @Test
  void anErrorOfACodecResolverOrChangeEndsItsCall() {
    String siblings =
        HostileServer.answer(
            300, "X-Starling-Context: c\r\n", "{\"siblings\":[{\"value\":1},{\"value\":2}]}");
    Codec<String> deep =
        Codecs.text()
            .mapping(
                text -> text,
                text -> {
                  throw new StackOverflowError("decode");
                });
    AtomicReference<String> answer = new AtomicReference<>(HostileServer.found("v"));
    try (HostileServer server = new HostileServer(request -> answer.get());
        Starling starling = client(Transport.vertx(), server)) {
      assertThat(
              texts(starling)
                  .update(
                      "k",
                      value -> {
                        throw new StackOverflowError("change");
                      }))
          .failsWithin(SOON)
          .withThrowableThat()
          .withCauseInstanceOf(StackOverflowError.class);
      assertThat(starling.bucket("b", deep).get("k"))
          .failsWithin(SOON)
          .withThrowableThat()
          .withCauseInstanceOf(StackOverflowError.class);
      answer.set(siblings);
      assertThat(
              texts(starling)
                  .resolving(
                      values -> {
                        throw new StackOverflowError("resolve");
                      })
                  .get("k"))
          .failsWithin(SOON)
          .withThrowableThat()
          .withCauseInstanceOf(StackOverflowError.class);
      answer.set(HostileServer.found("v"));
      assertThat(texts(starling).get("k")).succeedsWithin(SOON);
    }
  }

  /** As code of other languages may. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void throwUnchecked(Throwable checked) throws E {
    throw (E) checked;
  }

  @Test
  void aResolverThatThrowsACheckedExceptionEndsItsCall() {
    String siblings =
        HostileServer.answer(
            300, "X-Starling-Context: c\r\n", "{\"siblings\":[{\"value\":1},{\"value\":2}]}");
    try (HostileServer server = new HostileServer(request -> siblings);
        Starling starling = client(Transport.vertx(), server)) {
      assertThat(
              texts(starling)
                  .resolving(
                      values -> {
                        ProgramErrorsTest.<RuntimeException>throwUnchecked(new IOException("r"));
                        return null;
                      })
                  .get("k"))
          .failsWithin(SOON)
          .withThrowableThat()
          .withCauseInstanceOf(UnresolvedException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void waitingOnTheClientsOwnThreadFailsInsteadOfStoppingEveryCall(Transport transport) {
    try (HostileServer server = server(HostileServer.found("v"));
        Starling starling = client(transport, server)) {
      Bucket<String> bucket = texts(starling);
      List<ThrowingCallable> waits =
          List.of(
              () -> bucket.get("other").join(),
              () -> bucket.get("other").get(),
              () -> bucket.get("other").get(1, TimeUnit.DAYS),
              () -> bucket.get("other").thenApply(Reading::value).join(),
              () -> bucket.update("other", value -> value + "x").join(),
              () -> bucket.create("other", "v").join(),
              () -> bucket.getAll(List.of(Key.of("a"))).join(),
              () -> bucket.keys("").forEach(key -> {}).join(),
              () -> starling.cluster().ready().join(),
              () -> bucket.blocking().get("other"),
              () -> bucket.blocking().keys("").iterator().hasNext());
      for (ThrowingCallable wait : waits) {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        // Answers are decoded on the client's thread in any case.
        Codec<String> waiting =
            Codecs.text()
                .mapping(
                    text -> text,
                    text -> {
                      thrown.set(catchThrowable(wait));
                      return text;
                    });
        assertThat(starling.bucket("b", waiting).get("k")).succeedsWithin(SOON);
        assertThat(thrown.get())
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("thenCompose");
      }
    }
  }

  @Test
  void callsOfTheClientsOwnThreadMayFollowEachOther() {
    try (HostileServer server = server(HostileServer.found("v"));
        Starling starling = client(Transport.vertx(), server)) {
      Bucket<String> bucket = texts(starling);
      AtomicReference<CompletableFuture<Reading<String>>> inner = new AtomicReference<>();
      assertThat(
              bucket.update(
                  "k",
                  value -> {
                    inner.set(bucket.get("other"));
                    return value;
                  }))
          .succeedsWithin(SOON);
      assertThat(inner.get()).succeedsWithin(SOON);
      assertThat(bucket.get("k").thenCompose(reading -> bucket.get("k"))).succeedsWithin(SOON);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void aTokenSupplierThatFailsAtFirstStopsNothing(Transport transport) {
    AtomicInteger asked = new AtomicInteger();
    AtomicReference<String> token = new AtomicReference<>();
    try (HostileServer server = server(HostileServer.found("v"));
        Starling starling =
            Starling.builder()
                .endpoints(server.address())
                .behavior(QUICK)
                .transport(transport)
                .token(
                    () -> {
                      asked.incrementAndGet();
                      String present = token.get();
                      if (present == null) {
                        throw new IllegalStateException("no token yet");
                      }
                      return present;
                    })
                .build()) {
      await().until(() -> asked.get() > 0);
      assertThat(texts(starling).get("k"))
          .failsWithin(SOON)
          .withThrowableThat()
          .withCauseInstanceOf(InvalidRequestException.class)
          .withMessageContaining("no token yet");
      token.set("one");
      assertThat(texts(starling).get("k")).succeedsWithin(SOON);
    }
  }

  @Test
  void aSubscriberThatThrowsEndsItsOwnListingOnly() {
    try (HostileServer server = server(page("\"a\",\"b\""));
        Starling starling = client(Transport.vertx(), server)) {
      AtomicInteger taken = new AtomicInteger();
      Listing<Key> listing = texts(starling).keys("");
      listing.subscribe(
          new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
              subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(Key key) {
              taken.incrementAndGet();
              throw new IllegalStateException("expected by the test");
            }

            @Override
            public void onError(Throwable failure) {
              taken.addAndGet(100);
            }

            @Override
            public void onComplete() {
              taken.addAndGet(1000);
            }
          });
      await().dontCatchUncaughtExceptions().until(() -> taken.get() > 0);
      assertThat(
              listing.forEach(
                  key -> {
                    throw new StackOverflowError("action");
                  }))
          .failsWithin(SOON)
          .withThrowableThat()
          .withCauseInstanceOf(StackOverflowError.class);
      List<Key> keys = new java.util.concurrent.CopyOnWriteArrayList<>();
      assertThat(listing.forEach(keys::add)).succeedsWithin(SOON);
      assertThat(keys).extracting(Key::text).containsExactly("a", "b");
      assertThat(taken).as("neither another key nor an end").hasValue(1);
    }
  }

  @Test
  void aCancelledUpdateOrCreateSendsNothingMore() {
    try (HostileServer server = server(HostileServer.HANG);
        Starling starling = client(Transport.vertx(), server)) {
      AtomicInteger changes = new AtomicInteger();
      CompletableFuture<Reading<String>> update =
          texts(starling)
              .update(
                  "k",
                  value -> {
                    changes.incrementAndGet();
                    return value + "x";
                  });
      CompletableFuture<Written> create = texts(starling).create("k", "v");
      await().until(() -> server.stored() == 2);
      server.behave(request -> HostileServer.found("v"));
      update.cancel(true);
      create.cancel(true);
      assertThatThrownBy(update::join)
          .isInstanceOf(java.util.concurrent.CancellationException.class);
      assertThat(texts(starling).get("other")).succeedsWithin(SOON);
      assertThat(changes).hasValue(0);
      assertThat(server.stored()).isEqualTo(3);
    }
  }
}
