package starling.client;

import org.jspecify.annotations.Nullable;

/** One HTTP response, with the headers that the client uses. */
final class Answer {
  final int status;
  byte[] body = WireRequest.NO_BODY;
  @Nullable String contentType;
  @Nullable String context;
  @Nullable String etag;
  @Nullable String requestId;
  @Nullable String ring;

  /** In seconds; 0 where the node said nothing. */
  int retryAfter;

  Answer(int status) {
    this.status = status;
  }

  /** Takes a header; the name is in lower case. */
  void header(String name, String value) {
    switch (name) {
      case "content-type" -> contentType = value;
      case "x-starling-context" -> context = value;
      case "etag" -> etag = value;
      case "x-request-id" -> requestId = value;
      case "x-starling-ring" -> ring = value;
      case "retry-after" -> retryAfter = seconds(value);
      default -> {
        // Not used.
      }
    }
  }

  private static int seconds(String value) {
    try {
      return Math.max(0, Integer.parseInt(value.strip()));
    } catch (NumberFormatException e) {
      // A date: the client has no use for wall clocks.
      return 0;
    }
  }
}
