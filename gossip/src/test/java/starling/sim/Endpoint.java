package starling.sim;

/** A node's end of a {@link SimNetwork}. */
public interface Endpoint {
  /** Bytes have come. The array belongs to the receiver. */
  void onBytes(String from, String channel, byte[] bytes);

  /**
   * The connection to a peer broke: of what was sent on it lately nothing is known. A new one
   * stands at the next send.
   */
  default void onBroken(String peer, String channel) {}
}
