package starling.node.config;

import starling.node.port.Transport;

/**
 * Bounds of one node.
 *
 * @param requestsInFlight client requests coordinated at once; above it a request is rejected. Too
 *     low wastes a capable machine, too high lets latency grow before clients are rejected
 * @param callsInFlight requests to other nodes that may wait for an answer, a power of two
 * @param hedgeMillis the delay of a hedged request; too low doubles the work, too high lets one
 *     slow replica set the latency
 * @param waitMillis how long work may wait for its turn on the node's thread before the node admits
 *     fewer requests; too low rejects requests in a burst, too high lets latency grow first
 * @param hintBytes bytes of hints stored for other nodes; too low rejects writes in a long outage,
 *     too high lets an outage fill the disk
 * @param hintAgeMillis hints for a member that is dead for longer are reported as overdue; too low
 *     reports every restart, too high hides a dead member
 * @param debts keys of the node's own that other primaries are known to have missed; beyond it
 *     debts are only counted
 * @param frameBytes a longer message to another node travels in chunks of a quarter of this; too
 *     low costs a round trip more for usual values, too high lets one message delay the others
 * @param memory bytes of values that may be held at once
 */
public record NodeLimits(
    int requestsInFlight,
    int callsInFlight,
    int hedgeMillis,
    int waitMillis,
    long hintBytes,
    long hintAgeMillis,
    int debts,
    int frameBytes,
    Memory memory) {
  /** Above a value of the usual largest size, and far below what a transport carries. */
  public static final int USUAL_FRAME_BYTES = 4 << 20;

  private static final int USUAL_WAIT_MILLIS = 10;

  /** With keys of 50 bytes, some 30 MiB of heap. */
  private static final int USUAL_DEBTS = 1 << 17;

  public static final NodeLimits DEFAULT =
      new NodeLimits(4096, 1 << 16, 50, USUAL_WAIT_MILLIS, 1L << 30, 3 * 3_600_000L, USUAL_DEBTS);

  /**
   * Bytes of values that may be held at once; beyond each of them requests are rejected for a
   * retry. Too low rejects requests that the node could execute, too high exhausts the heap.
   *
   * @param waiting by steps that wait for a read, a lease or a list on the disk
   * @param forwarded by writes that other nodes have forwarded to this one
   * @param reads by reads that wait for more replicas
   * @param writes by writes whose last replica has not answered
   * @param set by the set of one key; a longer one is neither received, merged nor made
   */
  public record Memory(long waiting, long forwarded, long reads, long writes, int set) {
    public static final Memory DEFAULT =
        new Memory(128L << 20, 128L << 20, 128L << 20, 512L << 20, 128 << 20);

    public Memory {
      if (waiting < 1 || forwarded < 1 || reads < 1 || writes < 1 || set < 1) {
        throw new IllegalArgumentException("a bound of memory leaves no room");
      }
    }

    /** The same with the usual largest set. */
    public Memory(long waiting, long forwarded, long reads, long writes) {
      this(waiting, forwarded, reads, writes, DEFAULT.set());
    }
  }

  /** The same with the usual bounds of a frame and of memory. */
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
        USUAL_FRAME_BYTES,
        Memory.DEFAULT);
  }

  /** The same with other bounds of memory. */
  public NodeLimits with(Memory other) {
    return new NodeLimits(
        requestsInFlight,
        callsInFlight,
        hedgeMillis,
        waitMillis,
        hintBytes,
        hintAgeMillis,
        debts,
        frameBytes,
        other);
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
        bytes,
        memory);
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
        USUAL_DEBTS);
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
