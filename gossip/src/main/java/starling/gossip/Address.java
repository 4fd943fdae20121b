package starling.gossip;

/**
 * The address of a node: a host name or a literal address, and a port. IPv6 literals are printed
 * and read in brackets, {@code [::1]:7946}, and held without them. Equality is by text: two names
 * of one machine are two addresses.
 */
public record Address(String host, int port) implements Comparable<Address> {
  /** As many characters as a name in the domain name system may have. */
  public static final int MAX_HOST_CHARS = 253;

  public Address {
    if (host.isEmpty() || host.length() > MAX_HOST_CHARS) {
      throw new IllegalArgumentException(
          "a host has 1 to " + MAX_HOST_CHARS + " characters, not " + host.length());
    }
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c <= ' ' || c > '~' || "[]/?#@\"\\".indexOf(c) >= 0) {
        throw new IllegalArgumentException(String.format("a host cannot contain U+%04X", (int) c));
      }
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("a port is 0 to 65535, not " + port);
    }
  }

  /** Reads {@code host:port}; an IPv6 literal is written in brackets. */
  public static Address parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("'" + text + "' has no port: write HOST:PORT");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[")) {
      if (!host.endsWith("]") || host.indexOf(':') < 0) {
        throw new IllegalArgumentException("'" + text + "' is not [IPv6]:PORT");
      }
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "'" + text + "': an IPv6 address is written in brackets, [::1]:7946");
    }
    try {
      return new Address(host, port(text.substring(colon + 1)));
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException("'" + text + "': " + wrong.getMessage(), wrong);
    }
  }

  private static int port(String digits) {
    boolean plain = digits.length() <= 5 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (digits.isEmpty() || !plain) {
      throw new IllegalArgumentException("a port is a number from 0 to 65535");
    }
    return Integer.parseInt(digits);
  }

  @Override
  public int compareTo(Address other) {
    int byHost = host.compareTo(other.host);
    return byHost != 0 ? byHost : Integer.compare(port, other.port);
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
