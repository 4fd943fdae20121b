package starling.node.runtime.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;
import starling.node.request.NodeService;
import starling.ring.Ring;
import starling.wire.HeaderNames;

/**
 * The header with the hash of the ring that the node uses, on every response below {@code /api}. A
 * client that routes requests itself learns from it that its copy of the ring is old. The text is
 * made once for each ring, since every request carries it.
 */
final class RingHeader {
  private static final CharSequence NAME = HttpHeaders.createOptimized(HeaderNames.RING);
  private static final String PATHS = "/api/";

  private final NodeService service;
  private @Nullable Ring ring;
  private CharSequence value = "";

  RingHeader(NodeService service) {
    this.service = service;
  }

  /** Adds the header to a response for this request target. */
  @SuppressWarnings(
      "ReferenceEquality") // a ring is an immutable value: another object, another text
  void mark(@Nullable String target, HttpServerResponse response) {
    if (target == null || !RequestTarget.fromPath(target).startsWith(PATHS)) {
      return;
    }
    Ring now = service.ring();
    if (now != ring) {
      ring = now;
      value = HttpHeaders.createOptimized(hex(now.hash()));
    }
    response.putHeader(NAME, value);
  }

  /** A hash of a ring as clients see it. */
  static String hex(long hash) {
    String digits = Long.toHexString(hash);
    return "0".repeat(16 - digits.length()) + digits;
  }
}
