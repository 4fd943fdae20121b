package starling.client.testing;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * The first frame of a connection between nodes: it ends with the port that the caller has
 * advertised, a varint, so that a proxy knows which node calls.
 *
 * @param frame with its length of four bytes
 */
record Greeting(byte[] frame, int callerPort) {
  private static final int MAX_BYTES = 4096;

  /** Magic, two versions and the channel. */
  private static final int BEFORE_NAME = 7;

  /** The ids of the cluster and the node, three numbers of the process. */
  private static final int BEFORE_HOST = 16 + 16 + 8 + 8 + 8;

  /**
   * Reads it.
   *
   * @throws IOException if this is no greeting of a node
   */
  static Greeting read(InputStream from) throws IOException {
    DataInputStream in = new DataInputStream(from);
    int length = in.readInt();
    if (length < 1 || length > MAX_BYTES) {
      throw new IOException("no greeting has " + length + " bytes");
    }
    byte[] frame = new byte[4 + length];
    ByteBuffer bytes = ByteBuffer.wrap(frame).putInt(length);
    in.readFully(frame, 4, length);
    try {
      bytes.position(bytes.position() + 1 + BEFORE_NAME);
      skipText(bytes);
      bytes.position(bytes.position() + BEFORE_HOST);
      skipText(bytes);
      return new Greeting(frame, (int) varint(bytes));
    } catch (RuntimeException e) {
      throw new IOException("this is no greeting of a node", e);
    }
  }

  private static void skipText(ByteBuffer bytes) {
    long length = varint(bytes);
    bytes.position(bytes.position() + Math.toIntExact(length));
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a varint has no end");
  }
}
