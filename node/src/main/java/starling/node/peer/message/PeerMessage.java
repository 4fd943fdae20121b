package starling.node.peer.message;

import org.jspecify.annotations.Nullable;

/**
 * What nodes say to each other about keys. Each request carries a call number that its response
 * repeats, how long the asker will wait, and the hash of the ring the asker decided by; a node that
 * knows another ring answers {@link OtherRing} and does nothing. A request about a key carries the
 * hash of the bucket's register that the asker decided by, 0 where it has none; a node that has
 * another one answers {@link OtherBucket} and does nothing.
 *
 * <p>An answer that never comes means that nobody knows what happened. {@link Declined}, {@link
 * OtherRing} and {@link OtherBucket} mean that surely nothing did.
 */
public interface PeerMessage {
  /** What {@link #payloadBytes} says of a message without payload. */
  int SMALL_BYTES = 64;

  /** The number of the call, drawn by the node that sends the request. */
  long call();

  /** Which message this is. */
  Kind kind();

  /** Writes all fields behind the number of the call, in the order in which they are read. */
  void writeFields(MessageWriter out);

  /**
   * The set that the message ends with; null where it ends with something else. It is sent as it
   * is, so that one array serves all peers.
   */
  default byte @Nullable [] lastSet() {
    return null;
  }

  /** About how many bytes the fields need. */
  default int payloadBytes() {
    return SMALL_BYTES;
  }
}
