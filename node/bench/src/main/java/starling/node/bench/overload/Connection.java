package starling.node.bench.overload;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** One keep-alive connection with at most one request on it, read just far enough to be cheap. */
final class Connection {
  private static final byte[] LENGTH = "content-length:".getBytes(StandardCharsets.US_ASCII);

  private final InetSocketAddress target;
  private final Selector selector;
  private final ByteBuffer in = ByteBuffer.allocate(16 << 10);
  private SocketChannel channel;
  long dueNanos;
  boolean busy;

  Connection(InetSocketAddress target, Selector selector) throws IOException {
    this.target = target;
    this.selector = selector;
    this.channel = open();
  }

  private SocketChannel open() throws IOException {
    SocketChannel opened = SocketChannel.open(target);
    opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
    opened.configureBlocking(false);
    opened.register(selector, SelectionKey.OP_READ, this);
    return opened;
  }

  /** Sends one request that was due at this time. Small enough to fit the socket's buffer. */
  void send(ByteBuffer request, long due) throws IOException {
    dueNanos = due;
    busy = true;
    in.clear();
    while (request.hasRemaining()) {
      channel.write(request);
    }
  }

  /** Reads what is there: the status once the answer is whole, 0 before, -1 if the server hung up. */
  int receive() throws IOException {
    if (channel.read(in) < 0) {
      return -1;
    }
    byte[] bytes = in.array();
    int end = in.position();
    int length = 0;
    int line = 0;
    for (int i = 0; i + 1 < end; i++) {
      if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
        if (i == line) {
          if (end < i + 2 + length) {
            return 0;
          }
          busy = false;
          return Integer.parseInt(new String(bytes, 9, 3, StandardCharsets.US_ASCII));
        }
        length = startsWithLength(bytes, line) ? number(bytes, line + LENGTH.length, i) : length;
        line = i + 2;
        i++;
      }
    }
    return 0;
  }

  private static boolean startsWithLength(byte[] bytes, int from) {
    for (int i = 0; i < LENGTH.length; i++) {
      if ((bytes[from + i] | 0x20) != (LENGTH[i] | 0x20)) {
        return false;
      }
    }
    return true;
  }

  private static int number(byte[] bytes, int from, int to) {
    return Integer.parseInt(new String(bytes, from, to - from, StandardCharsets.US_ASCII).strip());
  }

  void reopen() throws IOException {
    channel.close();
    busy = false;
    in.clear();
    channel = open();
  }

  void close() throws IOException {
    channel.close();
  }
}
