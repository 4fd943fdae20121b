package starling.node.runtime.http;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import starling.node.replica.ReadOutcome;
import starling.node.replica.Refusal;
import starling.node.replica.WriteOutcome;
import starling.wire.ProblemKind;

/**
 * How many requests there were, how they ended and how long they took. Every meter of the hot path
 * is found by an index, not by its name and tags. Keys, buckets and paths are never labels: what a
 * client can invent must not make a series.
 */
final class RequestMetrics {
  /** Upper bounds of the latency buckets. */
  private static final Duration[] BUCKETS = {
    Duration.ofNanos(250_000),
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofNanos(2_500_000),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2_500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofSeconds(60)
  };

  private static final int LOWEST_STATUS = 100;
  private static final int STATUSES = 500;

  /** What the store was asked to do. */
  private enum Operation {
    GET,
    PUT,
    DELETE
  }

  /** How that ended. */
  private enum Outcome {
    FOUND,
    SIBLINGS,
    MISSING,
    STORED,
    DELETED,
    PRECONDITION,
    UNAVAILABLE,
    TIMEOUT,
    REFUSED
  }

  private final MeterRegistry registry;
  private final Map<Operation, Map<Outcome, Timer>> operations = new EnumMap<>(Operation.class);

  /** By route, method and status; made when first needed. */
  private final Map<Route, Map<Verb, @Nullable Timer[]>> requests = new EnumMap<>(Route.class);

  /** The same for requests that found no route. */
  private final Map<Verb, @Nullable Timer[]> astray = new EnumMap<>(Verb.class);

  RequestMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (Operation operation : Operation.values()) {
      for (Outcome outcome : Outcome.values()) {
        timer(operation, outcome);
      }
    }
  }

  /** Watches what grows and shrinks. */
  void watch(Connections connections, Bodies bodies, HttpApi api) {
    Gauge.builder("starling.http.connections.limit", connections, Connections::limit)
        .description("Client connections that may be open")
        .register(registry);
    Gauge.builder("starling.http.connections", connections, Connections::count)
        .description("Open client connections")
        .register(registry);
    Gauge.builder("starling.http.requests.in.flight", api, HttpApi::inFlight)
        .description("Requests that are not answered yet")
        .register(registry);
    Gauge.builder("starling.http.body", bodies, Bodies::buffered)
        .description("Bytes of request bodies held at this moment")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("starling.http.answers", bodies, Bodies::answering)
        .description("Bytes of large answers that clients have not taken yet")
        .baseUnit("bytes")
        .register(registry);
    FunctionCounter.builder("starling.http.connections.refused", connections, Connections::refused)
        .description("Connections beyond the limit, which were asked for health alone or refused")
        .register(registry);
    FunctionCounter.builder("starling.http.requests.too.slow", connections, Connections::tooSlow)
        .description("Requests that did not arrive in time")
        .register(registry);
  }

  void read(ReadOutcome outcome, long nanos) {
    Outcome how;
    if (outcome instanceof ReadOutcome.Found found) {
      how = found.values().size() > 1 ? Outcome.SIBLINGS : Outcome.FOUND;
    } else if (outcome instanceof ReadOutcome.Refused refused) {
      how = outcome(refused.refusal());
    } else {
      how = Outcome.MISSING;
    }
    record(Operation.GET, how, nanos);
  }

  void write(boolean delete, WriteOutcome outcome, long nanos) {
    Outcome how =
        outcome instanceof WriteOutcome.Refused refused
            ? outcome(refused.refusal())
            : delete ? Outcome.DELETED : Outcome.STORED;
    record(delete ? Operation.DELETE : Operation.PUT, how, nanos);
  }

  /** A request was answered, whatever it asked for. */
  void answered(@Nullable Route route, Verb verb, int status, long nanos) {
    if (status < LOWEST_STATUS || status >= LOWEST_STATUS + STATUSES) {
      return;
    }
    Map<Verb, @Nullable Timer[]> byVerb =
        route == null
            ? astray
            : requests.computeIfAbsent(route, first -> new EnumMap<>(Verb.class));
    @Nullable Timer[] byStatus = byVerb.computeIfAbsent(verb, first -> new Timer[STATUSES]);
    Timer timer = byStatus[status - LOWEST_STATUS];
    if (timer == null) {
      timer = requestTimer(route, verb, status);
      byStatus[status - LOWEST_STATUS] = timer;
    }
    timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  private Timer requestTimer(@Nullable Route route, Verb verb, int status) {
    return Timer.builder("starling.http.server.requests")
        .description("HTTP requests answered, by route, method and status")
        .tag("route", route == null ? "none" : route.template())
        .tag("method", verb.name())
        .tag("status", Integer.toString(status))
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private void record(Operation operation, Outcome outcome, long nanos) {
    timer(operation, outcome).record(nanos, TimeUnit.NANOSECONDS);
  }

  private Timer timer(Operation operation, Outcome outcome) {
    return operations
        .computeIfAbsent(operation, first -> new EnumMap<>(Outcome.class))
        .computeIfAbsent(
            outcome,
            first ->
                Timer.builder("starling.request")
                    .description("Requests to the store, from arrival to answer")
                    .tag("operation", label(operation))
                    .tag("outcome", label(outcome))
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry));
  }

  private static Outcome outcome(Refusal refusal) {
    ProblemKind kind = refusal.kind();
    if (kind == ProblemKind.PRECONDITION_FAILED || kind == ProblemKind.ALREADY_EXISTS) {
      return Outcome.PRECONDITION;
    }
    return switch (kind.status()) {
      case 503 -> Outcome.UNAVAILABLE;
      case 504 -> Outcome.TIMEOUT;
      default -> Outcome.REFUSED;
    };
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
