package starling.node.replica;

/**
 * Bounds of one node.
 *
 * @param requestsInFlight client requests coordinated at once; above it a request is refused. Too
 *     low wastes a capable machine, too high lets latency grow before anyone is told
 * @param callsInFlight questions to other nodes that may wait for an answer, a power of two
 * @param hedgeMillis after how long one more replica is asked; too low doubles the work, too high
 *     lets one slow replica set the latency
 */
public record NodeLimits(int requestsInFlight, int callsInFlight, int hedgeMillis) {
  public static final NodeLimits DEFAULT = new NodeLimits(4096, 1 << 16, 50);

  public NodeLimits {
    if (requestsInFlight < 1) {
      throw new IllegalArgumentException("requestsInFlight must be at least 1");
    }
    if (callsInFlight < 16 || Integer.bitCount(callsInFlight) != 1) {
      throw new IllegalArgumentException("callsInFlight must be a power of two, at least 16");
    }
    if (hedgeMillis < 1) {
      throw new IllegalArgumentException("hedgeMillis must be at least 1");
    }
  }
}
