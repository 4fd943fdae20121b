package starling.node.runtime.rpc;

import io.vertx.core.buffer.Buffer;

/**
 * What travels between two nodes: a length, a kind, a payload. TCP's checksum and the log's own are
 * all that guards the bytes; a frame carries none.
 *
 * <pre>
 *   00 00 00 06   length of what follows, big endian
 *   04            kind: 1 hello, 2 welcome, 3 refused, 4 message, 5 gossip, 6 keep-alive, 7 goodbye
 *   01 0f c5 ...  payload
 * </pre>
 */
final class Frame {
  static final int HEAD_BYTES = 5;

  static final int HELLO = 1;
  static final int WELCOME = 2;
  static final int REFUSED = 3;
  static final int MESSAGE = 4;
  static final int GOSSIP = 5;
  static final int KEEP_ALIVE = 6;
  static final int GOODBYE = 7;

  private Frame() {}

  static void append(Buffer out, int kind, byte[] payload) {
    out.appendInt(payload.length + 1).appendByte((byte) kind).appendBytes(payload);
  }
}
