package starling.node.runtime.http;

/** The methods the API knows; every other one is {@link #OTHER}. */
enum ApiMethod {
  GET,
  HEAD,
  PUT,
  POST,
  DELETE,
  OPTIONS,
  OTHER;

  static ApiMethod of(String name) {
    return switch (name) {
      case "GET" -> GET;
      case "HEAD" -> HEAD;
      case "PUT" -> PUT;
      case "POST" -> POST;
      case "DELETE" -> DELETE;
      case "OPTIONS" -> OPTIONS;
      default -> OTHER;
    };
  }

  /** Whether the request has a body, whose length must be stated. */
  boolean needsBody() {
    return this == PUT || this == POST;
  }

  /** Whether the request reads and changes nothing. */
  boolean reads() {
    return this == GET || this == HEAD;
  }
}
