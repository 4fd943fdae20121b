package starling.client;

/**
 * The address of a node's REST API.
 *
 * @param host a name or an address, without brackets
 */
record Endpoint(String host, int port) {
  private static final int MAX_PORT = 65535;

  /** Reads {@code host:port}; an IPv6 address has brackets. */
  static Endpoint parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      host = "";
    }
    int port = -1;
    try {
      port = Integer.parseInt(text.substring(colon + 1));
    } catch (NumberFormatException e) {
      // Reported below.
    }
    if (host.isEmpty() || port < 1 || port > MAX_PORT || !Text.visible(host)) {
      throw InvalidRequestException.before(
          "endpoints", "an endpoint is host:port or [IPv6]:port, not '" + text + "'");
    }
    return new Endpoint(host, port);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
