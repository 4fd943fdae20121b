package starling.node.peer;

import starling.node.peer.message.DeclineReason;

/** How a call ended without the response that its caller asked for. */
public sealed interface CallFailure {
  /** The peer declined the request, and surely did nothing. */
  record Declined(DeclineReason reason, String detail) implements CallFailure {}

  /**
   * The peer surely did nothing, because it knows another ring than the caller.
   *
   * @param joined whether this node has joined the peer's ring facts into its own
   */
  record OtherRing(boolean joined) implements CallFailure {}

  /**
   * The peer surely did nothing, because it has another register of the bucket than the caller.
   *
   * @param joined whether this node has joined the peer's register into its own
   */
  record OtherBucket(boolean joined) implements CallFailure {}

  /** The peer may have executed the request, or not. */
  enum Unknown implements CallFailure {
    /** The connection broke, or the response could not be used. */
    LOST,
    /** No response came in time. */
    TIMED_OUT
  }
}
