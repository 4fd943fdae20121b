package starling.node.peer.message;

/**
 * Messages about a message that is longer than a frame. The number is that of the long message
 * among all that its sender sent in chunks, in both directions.
 */
public interface Chunked extends PeerMessage {}
