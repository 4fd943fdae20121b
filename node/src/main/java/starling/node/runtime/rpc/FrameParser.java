package starling.node.runtime.rpc;

import io.vertx.core.buffer.Buffer;

/**
 * Cuts a stream of bytes into frames. A frame that lies whole in what has just arrived is handed
 * over with one copy; only the piece of a frame at the end of a read is kept and put together. A
 * length beyond the bound ends the stream before anything is allocated for it.
 */
final class FrameParser {
  /** Takes what the parser finds. */
  interface Sink {
    /** False ends the parsing: the connection is being closed. */
    boolean onFrame(int kind, byte[] payload);

    void onOverlong(long length);
  }

  private final Sink sink;
  private int maxFrameBytes;
  private Buffer kept = Buffer.buffer(0);
  private boolean ended;

  FrameParser(int maxFrameBytes, Sink sink) {
    this.maxFrameBytes = maxFrameBytes;
    this.sink = sink;
  }

  /** From the next frame on another bound holds. */
  void maxFrameBytes(int bytes) {
    maxFrameBytes = bytes;
  }

  void feed(Buffer arrived) {
    if (ended) {
      return;
    }
    Buffer data = kept.length() == 0 ? arrived : kept.appendBuffer(arrived);
    int at = 0;
    while (data.length() - at >= HEAD) {
      long length = data.getUnsignedInt(at);
      if (length < 1 || length > maxFrameBytes) {
        ended = true;
        sink.onOverlong(length);
        return;
      }
      if (data.length() - at - Integer.BYTES < length) {
        break;
      }
      int kind = data.getByte(at + Integer.BYTES);
      byte[] payload = data.getBytes(at + HEAD, at + Integer.BYTES + (int) length);
      at += Integer.BYTES + (int) length;
      if (!sink.onFrame(kind, payload)) {
        ended = true;
        return;
      }
    }
    kept = at == data.length() ? Buffer.buffer(0) : data.getBuffer(at, data.length());
  }

  private static final int HEAD = Frame.HEAD_BYTES;
}
