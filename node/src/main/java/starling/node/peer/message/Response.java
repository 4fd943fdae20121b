package starling.node.peer.message;

/** The end of a call. */
public interface Response extends PeerMessage {}
