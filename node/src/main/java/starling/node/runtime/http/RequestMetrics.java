package starling.node.runtime.http;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import starling.node.request.ReadOutcome;
import starling.node.request.Rejection;
import starling.node.request.WriteOutcome;
import starling.node.runtime.metrics.Histogram;
import starling.node.runtime.metrics.Metrics;
import starling.wire.ProblemKind;

/**
 * The metrics of requests: their number, outcome and duration. Every meter of the hot path is found
 * by an index, not by its name and tags. Keys, buckets and paths are never labels: a client must
 * not be able to make series.
 */
final class RequestMetrics {
  /** Upper bounds of the latency buckets, from a quarter of a millisecond to a minute. */
  private static final long[] BOUNDS = {
    250_000L,
    500_000L,
    1_000_000L,
    2_500_000L,
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    500_000_000L,
    1_000_000_000L,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L,
    30_000_000_000L,
    60_000_000_000L
  };

  private static final int LOWEST_STATUS = 100;
  private static final int STATUSES = 500;
  private static final int NO_ROUTE = Route.values().length;

  /** The outcomes of an operation. */
  private enum Outcome {
    FOUND,
    SIBLINGS,
    MISSING,
    STORED,
    DELETED,
    PRECONDITION,
    UNAVAILABLE,
    TIMEOUT,
    REJECTED
  }

  /** The operations of the store and their outcomes. */
  private enum Operation {
    GET(Outcome.FOUND, Outcome.SIBLINGS, Outcome.MISSING),
    PUT(Outcome.STORED),
    DELETE(Outcome.DELETED);

    final ImmutableSet<Outcome> outcomes;

    Operation(Outcome... done) {
      Set<Outcome> all =
          EnumSet.of(Outcome.PRECONDITION, Outcome.UNAVAILABLE, Outcome.TIMEOUT, Outcome.REJECTED);
      all.addAll(List.of(done));
      outcomes = Sets.immutableEnumSet(all);
    }
  }

  private final Metrics metrics;
  private long batchOperations;
  private final Map<Operation, Map<Outcome, Histogram>> operations = new EnumMap<>(Operation.class);

  /** Answers by route, method and status; a status has a series from its first answer on. */
  private final Map<Route, Map<ApiMethod, long[]>> answered = new EnumMap<>(Route.class);

  /** The same for requests that found no route. */
  private final Map<ApiMethod, long[]> astray = new EnumMap<>(ApiMethod.class);

  /** How long the answers of each route took; the last one is of those that found no route. */
  private final Histogram[] durations = new Histogram[NO_ROUTE + 1];

  RequestMetrics(Metrics metrics) {
    this.metrics = metrics;
    for (Operation operation : Operation.values()) {
      operation.outcomes.forEach(outcome -> histogram(operation, outcome));
    }
    for (Route route : Route.values()) {
      durations[place(route)] = duration(route);
    }
    durations[place(null)] = duration(null);
  }

  private Histogram duration(@Nullable Route route) {
    return metrics.seconds(
        "starling_http_request_seconds",
        "HTTP requests, from arrival to answer, by route",
        BOUNDS,
        "route",
        label(route));
  }

  private static int place(@Nullable Route route) {
    return route == null ? NO_ROUTE : route.ordinal();
  }

  /** Registers the gauges. */
  void watch(Connections connections, Bodies bodies, HttpApi api) {
    metrics.gauge(
        "starling_http_connections_limit",
        "Client connections that may be open",
        connections::limit);
    metrics.gauge("starling_http_connections", "Open client connections", connections::count);
    metrics.gauge(
        "starling_http_requests_in_flight", "Requests that are not answered yet", api::inFlight);
    metrics.gauge(
        "starling_http_body_bytes", "Bytes of request bodies held at present", bodies::buffered);
    metrics.gauge(
        "starling_http_answers_bytes",
        "Bytes of large answers that clients have not received yet",
        bodies::answering);
    metrics.counter(
        "starling_batch_operations_total", "Operations in answered batches", () -> batchOperations);
    metrics.counter(
        "starling_http_connections_rejected_total",
        "Connections beyond the limit, which get health answers only",
        connections::refused);
    metrics.counter(
        "starling_http_request_read_timeouts_total",
        "Requests that did not arrive within http.requestReadTimeout",
        connections::tooSlow);
  }

  void read(ReadOutcome outcome, long nanos) {
    Outcome how;
    if (outcome instanceof ReadOutcome.Found found) {
      how = found.values().size() > 1 ? Outcome.SIBLINGS : Outcome.FOUND;
    } else if (outcome instanceof ReadOutcome.Rejected refused) {
      how = outcome(refused.rejection());
    } else {
      how = Outcome.MISSING;
    }
    record(Operation.GET, how, nanos);
  }

  void write(boolean delete, WriteOutcome outcome, long nanos) {
    Outcome how =
        outcome instanceof WriteOutcome.Rejected refused
            ? outcome(refused.rejection())
            : delete ? Outcome.DELETED : Outcome.STORED;
    record(delete ? Operation.DELETE : Operation.PUT, how, nanos);
  }

  /** A batch of so many operations has ended. */
  void batch(int operations) {
    batchOperations += operations;
  }

  /** A request was answered. */
  void answered(@Nullable Route route, ApiMethod verb, int status, long nanos) {
    if (status < LOWEST_STATUS || status >= LOWEST_STATUS + STATUSES) {
      return;
    }
    Map<ApiMethod, long[]> byVerb =
        route == null
            ? astray
            : answered.computeIfAbsent(route, first -> new EnumMap<>(ApiMethod.class));
    long[] byStatus = byVerb.computeIfAbsent(verb, first -> new long[STATUSES]);
    int index = status - LOWEST_STATUS;
    if (byStatus[index]++ == 0) {
      metrics.counter(
          "starling_http_requests_total",
          "HTTP requests answered, by route, method and status",
          () -> byStatus[index],
          "route",
          label(route),
          "method",
          verb.name(),
          "status",
          Integer.toString(status));
    }
    durations[place(route)].record(nanos);
  }

  private void record(Operation operation, Outcome outcome, long nanos) {
    histogram(operation, outcome).record(nanos);
  }

  private Histogram histogram(Operation operation, Outcome outcome) {
    return operations
        .computeIfAbsent(operation, first -> new EnumMap<>(Outcome.class))
        .computeIfAbsent(
            outcome,
            first ->
                metrics.seconds(
                    "starling_request_seconds",
                    "Requests to the store, from arrival to answer",
                    BOUNDS,
                    "operation",
                    label(operation),
                    "outcome",
                    label(outcome)));
  }

  private static String label(@Nullable Route route) {
    return route == null ? "none" : route.template();
  }

  private static Outcome outcome(Rejection refusal) {
    ProblemKind kind = refusal.kind();
    if (kind == ProblemKind.PRECONDITION_FAILED || kind == ProblemKind.ALREADY_EXISTS) {
      return Outcome.PRECONDITION;
    }
    return switch (kind.status()) {
      case 503 -> Outcome.UNAVAILABLE;
      case 504 -> Outcome.TIMEOUT;
      default -> Outcome.REJECTED;
    };
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
