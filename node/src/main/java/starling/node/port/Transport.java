package starling.node.port;

import java.util.UUID;

/**
 * Carries frames to other nodes, at most once each, in order per peer and channel while a
 * connection lasts. Frames may be lost at any time after they were accepted, without notice to the
 * sender. Called by the owner of the node's state only; never blocks.
 */
public interface Transport {
  /** The largest frame, in bytes; a sender splits longer messages into chunks. */
  int MAX_FRAME_BYTES = 32 << 20;

  /** Two lanes, so that a large value never delays a heartbeat. */
  enum Channel {
    CONTROL,
    DATA
  }

  /**
   * Accepts a frame for a peer. {@code false} means that surely nothing was sent: there is no
   * connection, or its queue is full. {@code true} promises only the attempt. The array must not be
   * changed afterwards.
   */
  boolean send(UUID peer, Channel channel, byte[] frame);

  /** Whether a connection would accept a frame on this channel now. */
  boolean connected(UUID peer, Channel channel);
}
