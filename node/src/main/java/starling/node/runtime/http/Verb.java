package starling.node.runtime.http;

/** The methods the API knows; every other one is {@link #OTHER}. */
enum Verb {
  GET,
  HEAD,
  PUT,
  POST,
  DELETE,
  OPTIONS,
  OTHER;

  static Verb of(String name) {
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

  /** Whether a body belongs to the request and its length must be told. */
  boolean needsBody() {
    return this == PUT || this == POST;
  }

  /** Whether the request asks and changes nothing. */
  boolean reads() {
    return this == GET || this == HEAD;
  }
}
