package starling.node.runtime.rpc;

import io.vertx.core.buffer.Buffer;

/**
 * The unit on a connection between two nodes: a length, a kind, a payload. A frame carries no
 * checksum: TCP has one, and the records of the log carry their own from end to end.
 *
 * <pre>
 *   00 00 00 06      length of what follows, big endian; at least 1, for the kind
 *   04               kind
 *   01 0f c5 17 20   payload
 * </pre>
 *
 * <p>A hello is the first frame on a connection, a welcome or a rejection the answer to it; all
 * other kinds need both. A kind that is not known ends the connection: versions are agreed on in
 * the greeting, so a peer knows which kinds it may send.
 */
final class Frame {
  /** The length and the kind. */
  static final int HEAD_BYTES = 5;

  /** {@link Hello}, by the side that dialled. */
  static final int HELLO = 1;

  /** {@link Hello}, by the side that was dialled. */
  static final int WELCOME = 2;

  /** {@link HandshakeRejection}; nothing follows it. */
  static final int REFUSED = 3;

  /** A message of the protocol between nodes, which numbers its requests itself. */
  static final int MESSAGE = 4;

  static final int GOSSIP = 5;

  /** Empty; says that the sender is still there. */
  static final int KEEP_ALIVE = 6;

  /** Empty; the sender closes the connection on purpose. */
  static final int GOODBYE = 7;

  /** 16 bytes: the id of the cluster that the sender has joined since it greeted. */
  static final int CLUSTER = 8;

  private Frame() {}

  static void append(Buffer out, int kind, byte[] payload) {
    out.appendInt(payload.length + 1).appendByte((byte) kind).appendBytes(payload);
  }

  /** The bytes on the wire of a frame with this payload. */
  static long wireBytes(byte[] payload) {
    return HEAD_BYTES + (long) payload.length;
  }
}
