package starling.client;

/** Which nodes a client sends its requests to. */
public enum Routing {
  /**
   * A replica of the key, by a copy of the cluster's ring: the client must reach the addresses that
   * the nodes announce.
   */
  RING,

  /**
   * The endpoints and no other node: the one with the fewest requests in flight, the first among
   * equals. For a client that cannot reach the addresses that nodes announce, such as one behind a
   * forwarded port, and for a program of few calls, because it asks for no ring.
   */
  ENDPOINTS
}
