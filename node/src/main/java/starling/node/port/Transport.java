package starling.node.port;

import java.util.UUID;

/**
 * Carries frames to other nodes, at most once each, in order per peer and channel while a
 * connection lasts. Frames may be lost at any time after they were taken, and the sender is not
 * told. Called by the owner of the node's state only; never blocks.
 */
public interface Transport {
  /** Largest frame that is carried, in bytes; what is longer, its sender cuts into chunks. */
  int MAX_FRAME_BYTES = 32 << 20;

  /** Two lanes, so that a large value never delays a heartbeat. */
  enum Channel {
    CONTROL,
    DATA
  }

  /**
   * Takes a frame for a peer. {@code false} means that surely nothing was sent: there is no
   * connection, or its queue is full. {@code true} promises nothing but the attempt. The array must
   * not be changed afterwards.
   */
  boolean send(UUID peer, Channel channel, byte[] frame);

  /** Whether a connection stands that would take a frame on this channel now. */
  boolean connected(UUID peer, Channel channel);
}
