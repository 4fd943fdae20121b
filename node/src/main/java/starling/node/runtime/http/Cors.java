package starling.node.runtime.http;

import io.vertx.core.http.HttpServerResponse;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import starling.wire.HeaderNames;

/**
 * The origins whose pages a browser may let call this node: none, unless they are listed.
 * Credentials are never allowed, because the API uses tokens, not cookies.
 */
final class Cors {
  private static final String READABLE =
      String.join(
          ", ",
          "ETag",
          "Location",
          "Retry-After",
          HeaderNames.CONTEXT,
          HeaderNames.REQUEST_ID,
          HeaderNames.RING);
  private static final String SENDABLE =
      String.join(
          ", ",
          "Authorization",
          "Content-Type",
          "If-Match",
          "If-None-Match",
          HeaderNames.CONTEXT,
          HeaderNames.IDEMPOTENCY_KEY,
          HeaderNames.ATTEMPT,
          HeaderNames.REQUEST_ID);

  private final Set<String> origins;

  Cors(List<String> origins) {
    this.origins = new LinkedHashSet<>(origins);
  }

  /** Allows the calling page to read the answer, if its origin is listed. */
  void mark(@Nullable String origin, HttpServerResponse response) {
    if (origins.isEmpty()) {
      return;
    }
    response.headers().add("Vary", "Origin");
    if (allows(origin)) {
      response.putHeader("Access-Control-Allow-Origin", origin);
      response.putHeader("Access-Control-Expose-Headers", READABLE);
    }
  }

  /** The answer to a preflight request of a browser; null for other requests. */
  @Nullable ApiResponse preflight(HttpExchange exchange) {
    if (exchange.verb() != ApiMethod.OPTIONS
        || exchange.header("Access-Control-Request-Method") == null
        || !allows(exchange.header("Origin"))) {
      return null;
    }
    StringJoiner methods = new StringJoiner(", ");
    exchange.match().route().verbs().forEach(verb -> methods.add(verb.name()));
    return ApiResponse.empty(204)
        .header("Access-Control-Allow-Methods", methods.toString())
        .header("Access-Control-Allow-Headers", SENDABLE)
        .header("Access-Control-Max-Age", "600");
  }

  private boolean allows(@Nullable String origin) {
    return origin != null && (origins.contains("*") || origins.contains(origin));
  }
}
