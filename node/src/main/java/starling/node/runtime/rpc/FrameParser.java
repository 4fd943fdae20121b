package starling.node.runtime.rpc;

import io.vertx.core.buffer.Buffer;

/**
 * Splits a stream of bytes into frames, however the network has split it. A frame that lies whole
 * in the received bytes is copied once; each byte of a partial frame is copied as it arrives into
 * an array that doubles until it has the frame's length.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A length out of bounds ends the stream before anything is allocated for it.
 *   <li>Memory is allocated for received bytes, at most twice as much, never for announced bytes.
 *   <li>After the end the parser delivers nothing more.
 * </ol>
 */
final class FrameParser {
  /** Receives the frames that the parser finds. */
  interface Sink {
    /** False ends the parsing: the connection is being closed. */
    boolean onFrame(int kind, byte[] payload);

    /** A frame says that it is longer than allowed, or that it has not even a kind. */
    void onBadLength(long length);
  }

  private static final byte[] EMPTY = new byte[0];
  private static final int MIN_PIECE_BYTES = 4096;

  private final Sink sink;
  private int maxFrameBytes;
  private int headFilled;
  private long length;
  private int kind;
  private byte[] body = EMPTY;
  private int bodyFilled;
  private boolean ended;

  /**
   * @param maxFrameBytes the largest length of a frame: its kind and its payload
   */
  FrameParser(int maxFrameBytes, Sink sink) {
    this.maxFrameBytes = maxFrameBytes;
    this.sink = sink;
  }

  /** From the next frame on another bound holds. */
  void maxFrameBytes(int bytes) {
    maxFrameBytes = bytes;
  }

  /** Delivers all frames that are complete with these bytes. */
  void feed(Buffer arrived) {
    int at = 0;
    while (at < arrived.length() && !ended) {
      at = headFilled < Frame.HEAD_BYTES ? head(arrived, at) : body(arrived, at);
    }
  }

  private int head(Buffer arrived, int at) {
    int next = arrived.getUnsignedByte(at);
    if (headFilled < Integer.BYTES) {
      length = length << 8 | next;
      if (++headFilled == Integer.BYTES && (length < 1 || length > maxFrameBytes)) {
        ended = true;
        sink.onBadLength(length);
      }
    } else {
      kind = next;
      headFilled++;
      if (length == 1) {
        deliver(EMPTY);
      }
    }
    return at + 1;
  }

  private int body(Buffer arrived, int at) {
    int payloadBytes = (int) length - 1;
    int here = Math.min(payloadBytes - bodyFilled, arrived.length() - at);
    if (here == payloadBytes) {
      deliver(arrived.getBytes(at, at + here));
      return at + here;
    }
    if (bodyFilled + here > body.length) {
      long wanted = Math.max(MIN_PIECE_BYTES, Math.max(2L * body.length, bodyFilled + here));
      byte[] larger = new byte[(int) Math.min(payloadBytes, wanted)];
      System.arraycopy(body, 0, larger, 0, bodyFilled);
      body = larger;
    }
    arrived.getBytes(at, at + here, body, bodyFilled);
    bodyFilled += here;
    if (bodyFilled == payloadBytes) {
      // The array never outgrew the payload, so it has just its length.
      deliver(body);
    }
    return at + here;
  }

  private void deliver(byte[] payload) {
    headFilled = 0;
    length = 0;
    body = EMPTY;
    bodyFilled = 0;
    if (!sink.onFrame(kind, payload)) {
      ended = true;
    }
  }
}
