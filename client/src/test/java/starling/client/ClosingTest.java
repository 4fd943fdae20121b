package starling.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A client that is closed ends within a second, whatever its nodes do, and leaves no thread. */
class ClosingTest {
  private static final Duration SOON = Duration.ofMillis(1500);

  static List<Transport> transports() {
    return List.of(Transport.vertx(), Transport.jdk());
  }

  /** What a JVM makes for the first client, and for all others. */
  @BeforeAll
  static void first() {
    for (Transport transport : transports()) {
      Starling.builder()
          .endpoints("127.0.0.1:1")
          .tls(Tls.ofSystem())
          .transport(transport)
          .build()
          .close();
    }
  }

  private static Set<Thread> threads() {
    return new HashSet<>(Thread.getAllStackTraces().keySet());
  }

  /**
   * Closes a client that nothing else refers to. A cleaner of Vert.x, and the selector of the JDK's
   * client before JDK 21, end when the garbage of the closed client is collected.
   */
  private static void closesAndLeavesNothing(
      AtomicReference<Starling> client, Set<Thread> before, List<CompletableFuture<?>> calls) {
    long begun = System.nanoTime();
    client.get().close();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(SOON);
    assertThat(calls)
        .isNotEmpty()
        .allSatisfy(
            call ->
                assertThat(call)
                    .failsWithin(Duration.ofSeconds(5))
                    .withThrowableThat()
                    .withCauseInstanceOf(ClosedException.class));
    assertThat(client.get().bucket("b").get("k")).isCompletedExceptionally();
    client.set(null);
    calls.clear();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(threads())
                  .filteredOn(thread -> !before.contains(thread))
                  .extracting(Thread::getName)
                  .filteredOn(ClosingTest::ofTheClient)
                  .isEmpty();
            });
  }

  /** Threads of the test itself, and those that all of a JVM share. */
  private static boolean ofTheClient(String name) {
    return Stream.of("hostile", "awaitility", "CompletableFutureDelayScheduler", "process reaper")
        .noneMatch(name::startsWith);
  }

  @ParameterizedTest
  @MethodSource("transports")
  void manyCallsInFlightAndWaitingWhileAllNodesHang(Transport transport) {
    try (HostileServer one = new HostileServer(request -> HostileServer.HANG);
        HostileServer two = new HostileServer(request -> HostileServer.HANG)) {
      HostileServer.join(one, two);
      Set<Thread> before = threads();
      AtomicReference<Starling> starling =
          new AtomicReference<>(
              Starling.builder()
                  .endpoints(one.address(), two.address())
                  .transport(transport)
                  .maxInFlightPerNode(8)
                  .behavior(Behavior.PATIENT)
                  .build());
      List<CompletableFuture<?>> calls = calls(starling.get().bucket("b", Codecs.text()));
      await().until(() -> one.stored() > 2 && two.stored() > 2);
      closesAndLeavesNothing(starling, before, calls);
    }
  }

  private static List<CompletableFuture<?>> calls(Bucket<String> bucket) {
    List<CompletableFuture<?>> calls = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      String key = "k" + i;
      calls.add(bucket.put(key, "v"));
      calls.add(bucket.update(key, value -> value + "x"));
      calls.add(bucket.keys("").forEach(each -> {}));
      calls.add(bucket.batch(batch -> batch.get(key)));
    }
    return calls;
  }

  /**
   * The JDK's client ends a connection that is never completed at the end of its request's time.
   */
  @Test
  void nodesThatAcceptNoConnectionOrShakeNoHands() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    // Nothing accepts: the system completes connections, and a handshake is never answered.
    try (ServerSocket silent = new ServerSocket(0, 1, loopback)) {
      for (Tls tls : new Tls[] {null, Tls.ofSystem()}) {
        Set<Thread> before = threads();
        Starling.Builder builder =
            Starling.builder()
                .endpoints("127.0.0.1:" + silent.getLocalPort(), "192.0.2.1:80", "127.0.0.1:1")
                .behavior(Behavior.PATIENT);
        AtomicReference<Starling> starling =
            new AtomicReference<>((tls == null ? builder : builder.tls(tls)).build());
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          calls.add(starling.get().bucket("b").get("k" + i));
        }
        calls.add(starling.get().cluster().ready());
        closesAndLeavesNothing(starling, before, calls);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void itsOwnThreadMayCloseIt(Transport transport) {
    try (HostileServer server = new HostileServer(request -> HostileServer.found("v"))) {
      Set<Thread> before = threads();
      AtomicReference<Starling> starling =
          new AtomicReference<>(
              Starling.builder().endpoints(server.address()).transport(transport).build());
      assertThat(starling.get().bucket("b").get("k").thenAccept(reading -> starling.get().close()))
          .succeedsWithin(Duration.ofSeconds(10));
      List<CompletableFuture<?>> late = new ArrayList<>();
      late.add(starling.get().bucket("b").get("k"));
      closesAndLeavesNothing(starling, before, late);
    }
  }
}
