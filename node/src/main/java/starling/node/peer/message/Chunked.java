package starling.node.peer.message;

/**
 * How a message that is longer than a frame travels. The number is that of the message among all
 * that its sender cut into chunks, in whichever direction this one goes.
 */
public interface Chunked extends PeerMessage {}
