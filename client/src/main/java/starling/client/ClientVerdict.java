package starling.client;

/** The failures that the client finds by itself, in the form of those that nodes report. */
final class ClientVerdict {
  private ClientVerdict() {}

  /**
   * Not an answer of this API: another node may give one.
   *
   * @param status 0 where it is not even HTTP
   */
  static Verdict garbage(boolean write, String message, int status) {
    return new Verdict(
        Verdict.Next.OTHER_NODE,
        Verdict.Type.PROTOCOL,
        "protocol",
        message,
        write,
        0,
        status,
        null);
  }

  /** The connection could not be made, or broke. */
  static Verdict unreachable(String message) {
    return new Verdict(
        Verdict.Next.OTHER_NODE,
        Verdict.Type.UNAVAILABLE,
        "unreachable",
        message,
        false,
        0,
        0,
        null);
  }

  static Verdict timedOut(long nanos) {
    return new Verdict(
        Verdict.Next.LATER,
        Verdict.Type.TIMED_OUT,
        "timeout",
        "no answer within " + millis(nanos),
        false,
        0,
        0,
        null);
  }

  /** The deadline passed before a node could take the call. */
  static Verdict nowhere(long nanos, String why) {
    return new Verdict(
        Verdict.Next.LATER,
        Verdict.Type.UNAVAILABLE,
        "unreachable",
        "no node could take the call within " + millis(nanos) + ": " + why,
        false,
        0,
        0,
        null);
  }

  static Verdict closed() {
    return new Verdict(
        Verdict.Next.FAIL,
        Verdict.Type.UNAVAILABLE,
        "closed",
        "the client was closed",
        false,
        0,
        0,
        null);
  }

  static Verdict full() {
    return new Verdict(
        Verdict.Next.OTHER_NODE, Verdict.Type.OVERLOADED, "client-full", FULL, false, 0, 0, null);
  }

  static final String FULL =
      "the client has as many calls in flight and waiting as it may have; send less at once, or"
          + " raise maxInFlightPerNode or maxWaiting";

  static String millis(long nanos) {
    return nanos / 1_000_000 + " ms";
  }
}
