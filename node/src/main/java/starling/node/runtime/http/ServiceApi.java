package starling.node.runtime.http;

import io.vertx.core.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.BooleanSupplier;
import starling.node.request.NodeService;
import starling.node.request.Rejection;
import starling.node.runtime.metrics.Metrics;
import starling.wire.ProblemKind;

/** Reports of a node about itself: health, metrics, and the description of its API. */
final class ServiceApi {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private final NodeService service;
  private final Metrics metrics;
  private final Context context;
  private final BooleanSupplier draining;
  private final byte[] openApi = resource("openapi.json");

  ServiceApi(NodeService service, Metrics metrics, Context context, BooleanSupplier draining) {
    this.service = service;
    this.metrics = metrics;
    this.context = context;
    this.draining = draining;
  }

  /** Whether the process works, independent of the cluster. */
  void live(HttpExchange exchange) {
    begin(exchange);
    exchange.answer(status("live"));
  }

  /** Whether the node serves, independent of a quorum. */
  void ready(HttpExchange exchange) {
    begin(exchange);
    String reason = draining.getAsBoolean() ? "the node is stopping" : service.notReady();
    String warning = service.warning();
    if (reason == null && warning != null) {
      exchange.answer(
          ApiResponse.json(
              200,
              new JsonText()
                  .openObject()
                  .field("status", "ready")
                  .field("warning", warning)
                  .closeObject()));
    } else if (reason == null) {
      exchange.answer(status("ready"));
    } else {
      exchange.refuse(Rejection.of(ProblemKind.NOT_READY, reason));
    }
  }

  /**
   * The event loop copies all values; writing them out takes milliseconds that it does not have.
   */
  void metrics(HttpExchange exchange) {
    begin(exchange);
    Accept accept = Accept.of(exchange);
    String type = accept.names("application/openmetrics-text") ? OPEN_METRICS : TEXT;
    metrics.refresh();
    context
        .<String>executeBlocking(() -> metrics.scrape(type))
        .onComplete(
            text ->
                exchange.answer(new ApiResponse(200, type, text.getBytes(StandardCharsets.UTF_8))),
            exchange::fail);
  }

  void openApi(HttpExchange exchange) {
    begin(exchange);
    exchange.answer(new ApiResponse(200, ApiResponse.JSON, openApi));
  }

  private static ApiResponse status(String word) {
    return ApiResponse.json(200, new JsonText().openObject().field("status", word).closeObject());
  }

  private static void begin(HttpExchange exchange) {
    exchange.query().allowOnly(Set.of());
    RequestBodies.refuse(exchange);
  }

  private static byte[] resource(String name) {
    try (InputStream in = ServiceApi.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("the jar's " + name + " cannot be read", e);
    }
  }
}
