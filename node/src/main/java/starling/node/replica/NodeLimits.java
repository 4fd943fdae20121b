package starling.node.replica;

import starling.node.port.Transport;

/**
 * Bounds of one node.
 *
 * @param requestsInFlight client requests coordinated at once; above it a request is refused. Too
 *     low wastes a capable machine, too high lets latency grow before anyone is told
 * @param callsInFlight questions to other nodes that may wait for an answer, a power of two
 * @param hedgeMillis after how long one more replica is asked; too low doubles the work, too high
 *     lets one slow replica set the latency
 * @param waitMillis how long work may wait for its turn on the node's thread before fewer requests
 *     are let in; too low refuses what a burst could have got, too high lets latency grow first
 * @param hintBytes bytes kept for other nodes; too low refuses writes in a long outage, too high
 *     lets an outage fill the disk
 * @param hintAgeMillis what is kept for a member that is dead for longer is reported as overdue;
 *     too low reports every restart, too high lets a dead member be forgotten
 * @param debts keys of the node's own that other primaries are known to have missed; beyond it they
 *     are only counted
 * @param frameBytes a longer message to another node travels in chunks of a quarter of this; too
 *     low costs a round trip more for usual values, too high lets one message hold up the others
 */
public record NodeLimits(
    int requestsInFlight,
    int callsInFlight,
    int hedgeMillis,
    int waitMillis,
    long hintBytes,
    long hintAgeMillis,
    int debts,
    int frameBytes) {
  /** Above a value of the usual largest size, and far below what a transport carries. */
  public static final int USUAL_FRAME_BYTES = 4 << 20;

  private static final int USUAL_WAIT_MILLIS = 10;

  public static final NodeLimits DEFAULT =
      new NodeLimits(
          4096, 1 << 16, 50, USUAL_WAIT_MILLIS, 1L << 30, 3 * 3_600_000L, Debts.MAX_DEBTS);

  /** The same with the usual bound of a frame. */
  public NodeLimits(
      int requestsInFlight,
      int callsInFlight,
      int hedgeMillis,
      int waitMillis,
      long hintBytes,
      long hintAgeMillis,
      int debts) {
    this(
        requestsInFlight,
        callsInFlight,
        hedgeMillis,
        waitMillis,
        hintBytes,
        hintAgeMillis,
        debts,
        USUAL_FRAME_BYTES);
  }

  /** The same, with longer messages in chunks. */
  public NodeLimits withFrameBytes(int bytes) {
    return new NodeLimits(
        requestsInFlight,
        callsInFlight,
        hedgeMillis,
        waitMillis,
        hintBytes,
        hintAgeMillis,
        debts,
        bytes);
  }

  /** The same with the usual bound of debts. */
  public NodeLimits(
      int requestsInFlight,
      int callsInFlight,
      int hedgeMillis,
      int waitMillis,
      long hintBytes,
      long hintAgeMillis) {
    this(
        requestsInFlight,
        callsInFlight,
        hedgeMillis,
        waitMillis,
        hintBytes,
        hintAgeMillis,
        Debts.MAX_DEBTS);
  }

  /** The same with the usual bounds of waiting and of debts. */
  public NodeLimits(
      int requestsInFlight,
      int callsInFlight,
      int hedgeMillis,
      long hintBytes,
      long hintAgeMillis) {
    this(requestsInFlight, callsInFlight, hedgeMillis, USUAL_WAIT_MILLIS, hintBytes, hintAgeMillis);
  }

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
    if (waitMillis < 1) {
      throw new IllegalArgumentException("waitMillis must be at least 1");
    }
    if (hintBytes < 0 || hintAgeMillis < 1 || debts < 0) {
      throw new IllegalArgumentException("hintBytes, hintAgeMillis and debts are not negative");
    }
    if (frameBytes < 64 || frameBytes > Transport.MAX_FRAME_BYTES / 2) {
      throw new IllegalArgumentException(
          "frameBytes must be from 64 to " + Transport.MAX_FRAME_BYTES / 2);
    }
  }
}
