package starling.client.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import starling.client.Behavior;
import starling.client.BlockingBucket;
import starling.client.Codecs;
import starling.client.Observer;
import starling.client.Operation;
import starling.client.Reading;
import starling.client.Retries;
import starling.client.Starling;
import starling.client.StarlingException;
import starling.client.UnavailableException;

/** What a program's registry is told, and that it can harm no call. */
@Timeout(60)
class MicrometerObserverTest {
  private static final String NAME = "db.client.operation.duration";
  private static final Behavior BEHAVIOR =
      Behavior.DEFAULT.deadline(Duration.ofSeconds(20)).attemptTimeout(Duration.ofSeconds(10));

  private final TestObservationRegistry registry = TestObservationRegistry.create();

  private static Starling client(StubNode node, ObservationRegistry registry, Behavior behavior) {
    return Starling.builder()
        .endpoints(node.address())
        .behavior(behavior)
        .observer(MicrometerObserver.of(registry))
        .build();
  }

  private static BlockingBucket<String> carts(Starling starling) {
    return starling.bucket("carts", Codecs.text()).blocking();
  }

  @Test
  void aCallIsOneObservationUnderOpenTelemetrysNames() {
    try (StubNode node = new StubNode();
        Starling starling = client(node, registry, BEHAVIOR)) {
      node.body = "tea";
      assertThat(carts(starling).get("ada").value()).isEqualTo("tea");
      TestObservationRegistryAssert.assertThat(registry)
          .hasNumberOfObservationsEqualTo(1)
          .hasObservationWithNameEqualTo(NAME)
          .that()
          .hasBeenStarted()
          .hasBeenStopped()
          .doesNotHaveError()
          .hasContextualNameEqualTo("get carts")
          .hasLowCardinalityKeyValue("db.system.name", "starling")
          .hasLowCardinalityKeyValue("db.operation.name", "get")
          .hasLowCardinalityKeyValue("db.collection.name", "carts")
          .hasLowCardinalityKeyValue("server.address", "127.0.0.1")
          .hasLowCardinalityKeyValue("server.port", Integer.toString(node.port()))
          .hasLowCardinalityKeyValue("error.type", "none")
          .hasLowCardinalityKeyValue("db.response.status_code", "none")
          .hasHighCardinalityKeyValue("starling.requests", "1");
    }
  }

  @Test
  void aFailureNamesItsKindAndTheStatusOfTheNode() {
    try (StubNode node = new StubNode();
        Starling starling = client(node, registry, BEHAVIOR.retries(Retries.of(2, 1)))) {
      node.problem(500, "internal");
      assertThatThrownBy(() -> carts(starling).put("ada", "tea"))
          .isInstanceOf(UnavailableException.class);
      TestObservationRegistryAssert.assertThat(registry)
          .hasObservationWithNameEqualTo(NAME)
          .that()
          .hasBeenStopped()
          .hasError()
          .hasEvent("retry")
          .hasLowCardinalityKeyValue("error.type", "internal")
          .hasLowCardinalityKeyValue("db.response.status_code", "500")
          .hasHighCardinalityKeyValue("starling.requests", "2")
          .hasHighCardinalityKeyValue("starling.outcome", "may_be_written");
    }
  }

  @Test
  void everyMeterHasTheSameKeys() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
    try (StubNode node = new StubNode()) {
      Starling starling = client(node, registry, BEHAVIOR);
      carts(starling).get("ada");
      node.problem(400, "bad-key");
      assertThatThrownBy(() -> carts(starling).get("ada")).isInstanceOf(StarlingException.class);
      node.problem(500, "internal");
      assertThatThrownBy(() -> carts(starling).put("ada", "tea"))
          .isInstanceOf(StarlingException.class);
      assertThatThrownBy(starling.cluster().members()::join).isNotNull();
      starling.close();
    }
    Set<Set<String>> keys =
        meters.getMeters().stream()
            .map(Meter::getId)
            .filter(id -> id.getName().equals(NAME))
            .map(id -> id.getTags().stream().map(Tag::getKey).collect(Collectors.toSet()))
            .collect(Collectors.toSet());
    assertThat(keys)
        .singleElement()
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.collection(String.class))
        .contains("db.system.name", "server.address", "error.type", "db.response.status_code");
    assertThat(meters.get(NAME).tag("error.type", "bad-key").timer().count()).isEqualTo(1);
    assertThat(meters.get(NAME + ".retry").counter().count()).isPositive();
  }

  @Test
  void theKindsOfFailuresAreBounded() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
    MicrometerObserver observer = MicrometerObserver.of(registry);
    for (int i = 0; i < DatabaseConvention.MAX_KINDS + 50; i++) {
      Observer.Observation call = observer.start(Operation.GET, "carts");
      call.attempt("[::1]:80");
      call.finished(StarlingException.Outcome.NOTHING_WRITTEN, "kind-" + i);
    }
    Set<String> kinds =
        meters.getMeters().stream()
            .map(each -> each.getId().getTag("error.type"))
            .filter(kind -> !"none".equals(kind))
            .collect(Collectors.toSet());
    assertThat(kinds).hasSize(DatabaseConvention.MAX_KINDS + 1).contains("kind-0", "_OTHER");
    TestObservationRegistryAssert.assertThat(registry)
        .hasAnObservationWithAKeyValue("server.address", "::1")
        .hasAnObservationWithAKeyValue("server.port", "80");
  }

  @Test
  void theNodeThatAnsweredIsNamedThoughALaterOneWasAsked() {
    Observer.Observation call = MicrometerObserver.of(registry).start(Operation.GET, "carts");
    call.attempt("slow:1");
    call.hedged();
    call.attempt("fast:2");
    call.answered("slow:1", 200);
    call.finished(null, null);
    TestObservationRegistryAssert.assertThat(registry)
        .hasSingleObservationThat()
        .hasEvent("hedge")
        .hasLowCardinalityKeyValue("server.address", "slow")
        .hasHighCardinalityKeyValue("starling.requests", "2");
  }

  @Test
  void theParentIsTheObservationOfTheCaller() {
    try (StubNode node = new StubNode();
        Starling starling = client(node, registry, BEHAVIOR)) {
      Observation parent = Observation.start("checkout", registry);
      try (Observation.Scope scope = parent.openScope()) {
        assertThat(scope.getCurrentObservation()).isSameAs(parent);
        carts(starling).get("ada");
      }
      parent.stop();
      TestObservationRegistryAssert.assertThat(registry)
          .hasObservationWithNameEqualTo(NAME)
          .that()
          .hasParentObservationEqualTo(parent);
    }
  }

  @Test
  void aProgramMayHaveNamesOfItsOwn() {
    CallConvention own =
        new DatabaseConvention() {
          @Override
          public String getName() {
            return "shop.store";
          }
        };
    Observer.Observation call =
        MicrometerObserver.of(registry).with(own).start(Operation.DELETE, "carts");
    call.finished(null, null);
    TestObservationRegistryAssert.assertThat(registry)
        .hasSingleObservationThat()
        .hasNameEqualTo("shop.store")
        .hasLowCardinalityKeyValue("db.operation.name", "delete");
  }

  /** Fails whatever it is told. */
  private static final class Failing implements ObservationHandler<Observation.Context> {
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final boolean error;

    Failing(boolean error) {
      this.error = error;
    }

    private void fail(String what) {
      told.add(what);
      if (error) {
        throw new NoSuchMethodError(what);
      }
      throw new IllegalStateException(what);
    }

    @Override
    public void onStart(Observation.Context context) {
      if (told.contains("start")) {
        fail("start");
      }
      told.add("start");
    }

    @Override
    public void onEvent(Observation.Event event, Observation.Context context) {
      fail("event");
    }

    @Override
    public void onError(Observation.Context context) {
      fail("error");
    }

    @Override
    public void onStop(Observation.Context context) {
      fail("stop");
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }
  }

  @Test
  void aRegistryThatFailsHarmsNoCall() {
    for (boolean error : List.of(false, true)) {
      ObservationRegistry failing = ObservationRegistry.create();
      Failing handler = new Failing(error);
      failing.observationConfig().observationHandler(handler);
      try (StubNode node = new StubNode();
          Starling starling = client(node, failing, BEHAVIOR.retries(Retries.of(2, 1)))) {
        node.problem(500, "internal");
        assertThatThrownBy(() -> carts(starling).put("ada", "tea"))
            .isInstanceOf(UnavailableException.class);
        node.status = 200;
        node.body = "tea";
        assertThat(carts(starling).get("ada").value()).isEqualTo("tea");
        assertThat(handler.told).containsExactly("start", "event", "error", "stop", "start");
      }
    }
  }

  @Test
  void closingEndsObservationsAndNothingKeepsTheClient() {
    try (StubNode node = new StubNode()) {
      node.hangs = true;
      WeakReference<Starling> closed = closedWithACallInFlight(node);
      TestObservationRegistryAssert.assertThat(registry)
          .hasSingleObservationThat()
          .hasBeenStopped()
          .hasLowCardinalityKeyValue("error.type", "closed");
      await()
          .until(
              () -> {
                System.gc();
                return closed.get() == null;
              });
    }
  }

  private WeakReference<Starling> closedWithACallInFlight(StubNode node) {
    Starling starling = client(node, registry, BEHAVIOR);
    CompletableFuture<Reading<String>> call = starling.bucket("carts", Codecs.text()).get("ada");
    starling.close();
    assertThat(call).isCompletedExceptionally();
    return new WeakReference<>(starling);
  }

  @Test
  void aRegistryWithoutHandlersCostsNothing() {
    Observer.Observation call =
        MicrometerObserver.of(ObservationRegistry.NOOP).start(Operation.GET, "carts");
    assertThat(call)
        .isSameAs(MicrometerObserver.of(ObservationRegistry.NOOP).start(Operation.PUT, "x"));
  }
}
