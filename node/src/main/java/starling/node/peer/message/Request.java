package starling.node.peer.message;

/** A request to a peer, to be ended by exactly one {@link Response}. */
public interface Request extends PeerMessage {
  /** How long the caller will wait, in milliseconds from now. */
  int remainingMillis();

  /** The hash of the caller's ring; 0 where it does not matter. */
  long ring();
}
