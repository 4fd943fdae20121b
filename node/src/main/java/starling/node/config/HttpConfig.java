package starling.node.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a node serves clients. Here is a bound for everything that clients can make grow.
 *
 * @param host the address to listen on
 * @param port the port to listen on; 0 picks a free one
 * @param advertised host:port advertised to clients; null for the bound address
 * @param maxValueBytes the largest value, 1 B to 64 MiB (1 MiB): too low rejects honest values, too
 *     high lets one request delay its event loop and every replica
 * @param idleTimeout how long a connection without a request stays open (60 s)
 * @param requestReadTimeout how long a whole request may take to arrive (30 s): too low cuts off
 *     slow lines, too high lets silent clients hold connections
 * @param maxConnections connections beyond this get health answers only; 0: as many as the process
 *     has descriptors for, {@link #MAX_CONNECTIONS} at most
 * @param maxRequests requests under way beyond this are rejected for a retry (4,096)
 * @param maxBufferedBytes bytes of bodies held at one time, from their first byte to the answer;
 *     beyond it requests are rejected for a retry (128 MiB)
 * @param corsOrigins origins that browsers may call from; {@code *} is any, empty switches CORS off
 */
public record HttpConfig(
    String host,
    int port,
    @Nullable String advertised,
    int maxValueBytes,
    Duration idleTimeout,
    Duration requestReadTimeout,
    int maxConnections,
    int maxRequests,
    long maxBufferedBytes,
    List<String> corsOrigins) {

  /** The defaults. */
  public static final HttpConfig DEFAULT =
      new HttpConfig(
          "127.0.0.1",
          8080,
          null,
          1 << 20,
          Duration.ofSeconds(60),
          Duration.ofSeconds(30),
          0,
          4_096,
          128L << 20,
          List.of());

  /** Connections of clients where no number is given and descriptors suffice. */
  public static final int MAX_CONNECTIONS = 10_000;

  public static final int LARGEST_VALUE = 64 << 20;

  /** The longest context, and all names, quotes and spaces that a client may need. */
  private static final int ENVELOPE_BYTES = 16 << 10;

  public HttpConfig {
    check(!host.isBlank(), "http.host must name an address");
    check(port >= 0 && port <= 65_535, "http.port must be from 0 to 65535, but is " + port);
    check(
        maxValueBytes >= 1 && maxValueBytes <= LARGEST_VALUE,
        "http.maxValueBytes must be from 1 to " + LARGEST_VALUE + ", but is " + maxValueBytes);
    check(
        within(idleTimeout), "http.idleTimeout must be from 100 ms to 1 h, but is " + idleTimeout);
    check(
        within(requestReadTimeout),
        "http.requestReadTimeout must be from 100 ms to 1 h, but is " + requestReadTimeout);
    check(
        maxConnections >= 0, "http.maxConnections must not be negative, but is " + maxConnections);
    check(maxRequests >= 1, "http.maxRequests must be at least 1, but is " + maxRequests);
    check(
        maxBufferedBytes >= bodyBytes(maxValueBytes),
        "http.maxBufferedBytes must hold one body, "
            + bodyBytes(maxValueBytes)
            + " bytes where http.maxValueBytes is "
            + maxValueBytes
            + ", but is "
            + maxBufferedBytes);
    corsOrigins = List.copyOf(corsOrigins);
    for (String origin : corsOrigins) {
      check(
          origin.equals("*") || origin.matches("https?://[^/\\s]+"),
          "http.cors.origins must be '*' or like https://host:port, but has '" + origin + "'");
    }
  }

  /** The largest body: a value, its base64 or escapes, and the envelope around it. */
  public int maxBodyBytes() {
    return Math.toIntExact(bodyBytes(maxValueBytes));
  }

  /** The same, on another address. */
  public HttpConfig listeningOn(String newHost, int newPort) {
    return new HttpConfig(
        newHost,
        newPort,
        advertised,
        maxValueBytes,
        idleTimeout,
        requestReadTimeout,
        maxConnections,
        maxRequests,
        maxBufferedBytes,
        corsOrigins);
  }

  /**
   * The largest body: base64 and the envelope around it fit always; escapes as far as that is half
   * as much again.
   */
  public static long bodyBytes(int valueBytes) {
    return Math.max(valueBytes + valueBytes / 2L, (valueBytes + 2L) / 3 * 4 + ENVELOPE_BYTES);
  }

  private static boolean within(Duration time) {
    return time.compareTo(Duration.ofMillis(100)) >= 0 && time.compareTo(Duration.ofHours(1)) <= 0;
  }

  private static void check(boolean holds, String words) {
    if (!holds) {
      throw new IllegalArgumentException(words);
    }
  }
}
