package starling.node.peer.message;

import org.jspecify.annotations.Nullable;

/**
 * The messages between nodes about keys. Each request carries a call number that its response
 * repeats, how long the caller will wait, and the hash of the caller's ring; a node that knows
 * another ring answers {@link OtherRing} and does nothing. A request about a key carries the hash
 * of the caller's register of the bucket, 0 if it has none; a node that has another one answers
 * {@link OtherBucket} and does nothing.
 *
 * <p>A missing response means that the outcome is unknown. {@link Declined}, {@link OtherRing} and
 * {@link OtherBucket} mean that surely nothing did.
 */
public interface PeerMessage {
  /** The {@link #payloadBytes} of a message without payload. */
  int SMALL_BYTES = 64;

  /** The number of the call, drawn by the node that sends the request. */
  long call();

  /** Which message this is. */
  Kind kind();

  /** Writes all fields after the number of the call, in the order in which they are read. */
  void writeFields(MessageWriter out);

  /**
   * The set that the message ends with; null if it ends with another field. It is sent as it is, so
   * that one array serves all peers.
   */
  default byte @Nullable [] lastSet() {
    return null;
  }

  /** About how many bytes the fields need. */
  default int payloadBytes() {
    return SMALL_BYTES;
  }
}
