package starling.node.runtime.http;

import starling.wire.ProblemKind;

/** Checks the headers about a body before any of it is read. */
final class RequestBodies {
  private RequestBodies() {}

  /** Rejects transfer codings but {@code chunked}: a compressed body would be stored as it came. */
  static void refuseCodings(HttpExchange exchange) {
    if (exchange.header("Transfer-Encoding") == null) {
      return;
    }
    String codings = RequestParts.list(exchange, "Transfer-Encoding");
    if (codings != null && !codings.strip().equalsIgnoreCase("chunked")) {
      throw new RequestRejected(
          ProblemKind.NOT_BUILT,
          "Transfer-Encoding",
          "the only transfer coding here is chunked: send the body without '" + codings + "'");
    }
  }

  /** Rejects a body where none is allowed. */
  static void refuse(HttpExchange exchange) {
    if (exchange.announcesBody()) {
      throw new RequestRejected(ProblemKind.BAD_BODY, "body", "this request takes no body");
    }
  }

  /** The type of a required body: it needs a length, no compression and a supported type. */
  static MediaType type(HttpExchange exchange) {
    if (exchange.verb().needsBody() && !exchange.announcesBody() && exchange.contentLength() < 0) {
      // The bytes that follow, if any, cannot be distinguished from the next request.
      exchange.closeAfterAnswer();
      throw new RequestRejected(
          ProblemKind.LENGTH_REQUIRED,
          "Content-Length",
          "the request has neither Content-Length nor Transfer-Encoding: chunked");
    }
    String encoding = exchange.header("Content-Encoding");
    if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
      throw new RequestRejected(
          ProblemKind.UNSUPPORTED_MEDIA_TYPE,
          "Content-Encoding",
          "bodies are taken as they are: send the request without Content-Encoding");
    }
    String header = exchange.header("Content-Type");
    MediaType type = header == null ? null : MediaType.parse(header);
    if (type == null || type.isForm() || exchange.headers("Content-Type").size() > 1) {
      throw notJson();
    }
    String charset = type.charset();
    if (type.isJson() && charset != null && !charset.equals("utf-8") && !charset.equals("utf8")) {
      throw new RequestRejected(
          ProblemKind.UNSUPPORTED_MEDIA_TYPE, "Content-Type", "JSON is taken in UTF-8 only");
    }
    return type;
  }

  /** Says which header to send. */
  static RequestRejected notJson() {
    return new RequestRejected(
        ProblemKind.UNSUPPORTED_MEDIA_TYPE,
        "Content-Type",
        "send 'Content-Type: application/json' for the JSON envelope, or, with the key in the path"
            + " or the query, the type of the bytes, such as 'Content-Type:"
            + " application/octet-stream'");
  }
}
