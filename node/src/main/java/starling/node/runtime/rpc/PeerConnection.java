package starling.node.runtime.rpc;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.port.Transport.Channel;

/**
 * One TCP connection to another node. Frames of one turn of the event loop are written together;
 * what the socket has not taken yet is counted, and above the bound nothing more is taken.
 *
 * <p>Lives on the event loop of its network.
 */
final class PeerConnection {
  /** What the connection tells its network. */
  interface Events {
    /** False closes the connection. */
    boolean onFrame(PeerConnection connection, int kind, byte[] payload);

    void onOverlong(PeerConnection connection, long length);

    void onClosed(PeerConnection connection);
  }

  private final NetSocket socket;
  private final Context context;
  private final Events events;
  private final FrameParser parser;
  private final boolean dialled;
  private final Channel channel;
  private final long openedNanos;
  private int queueBytes;
  private Buffer out = Buffer.buffer(0);
  private boolean flushing;
  private long unwritten;
  private boolean closed;
  private long lastSentNanos;
  private long lastHeardNanos;
  private @Nullable Hello peer;
  private boolean established;

  /**
   * @param dialled whether this side made the connection
   * @param channel the channel it was dialled for; of an accepted one the hello tells
   */
  PeerConnection(
      NetSocket socket,
      Context context,
      boolean dialled,
      Channel channel,
      int greetingBytes,
      int queueBytes,
      long nowNanos,
      Events events) {
    this.socket = socket;
    this.context = context;
    this.dialled = dialled;
    this.channel = channel;
    this.queueBytes = queueBytes;
    this.openedNanos = nowNanos;
    this.lastSentNanos = nowNanos;
    this.lastHeardNanos = nowNanos;
    this.events = events;
    this.parser =
        new FrameParser(
            greetingBytes,
            new FrameParser.Sink() {
              @Override
              public boolean onFrame(int kind, byte[] payload) {
                return events.onFrame(PeerConnection.this, kind, payload) && !closed;
              }

              @Override
              public void onOverlong(long length) {
                events.onOverlong(PeerConnection.this, length);
              }
            });
  }

  /** Begins to listen to the socket. */
  void begin(Runnable heard) {
    socket.handler(
        buffer -> {
          heard.run();
          parser.feed(buffer);
        });
    socket.exceptionHandler(failure -> close());
    socket.closeHandler(
        unused -> {
          closed = true;
          events.onClosed(this);
        });
  }

  /** Both sides have greeted: frames may be as long as the protocol allows. */
  void establish(Hello hello, int maxFrameBytes, int queueBytes) {
    this.peer = hello;
    this.established = true;
    this.queueBytes = queueBytes;
    parser.maxFrameBytes(maxFrameBytes);
  }

  /** Takes a frame; false if the connection is closed or too much waits already. */
  boolean send(int kind, byte[] payload, long nowNanos) {
    if (closed || unwritten + out.length() + payload.length > queueBytes) {
      return false;
    }
    Frame.append(out, kind, payload);
    lastSentNanos = nowNanos;
    if (!flushing) {
      flushing = true;
      context.runOnContext(unused -> flush());
    }
    return true;
  }

  private void flush() {
    flushing = false;
    if (closed || out.length() == 0) {
      return;
    }
    Buffer batch = out;
    int bytes = batch.length();
    out = Buffer.buffer(Math.min(bytes, 1 << 16));
    unwritten += bytes;
    socket
        .write(batch)
        .onComplete(
            done -> {
              unwritten -= bytes;
              if (done.failed()) {
                close();
              }
            });
  }

  /** Writes what waits, then closes. */
  void sendLast(int kind, byte[] payload, long nowNanos) {
    if (send(kind, payload, nowNanos)) {
      flush();
    }
    closed = true;
    var unused = socket.close();
  }

  void close() {
    if (!closed) {
      closed = true;
      var unused = socket.close();
    }
  }

  void heard(long nowNanos) {
    lastHeardNanos = nowNanos;
  }

  boolean closed() {
    return closed;
  }

  boolean dialled() {
    return dialled;
  }

  boolean established() {
    return established;
  }

  /** What the other side said of itself. */
  Hello peer() {
    Hello known = peer;
    if (known == null) {
      throw new IllegalStateException("the other side has not greeted yet");
    }
    return known;
  }

  UUID node() {
    return peer().node();
  }

  Address address() {
    return peer().advertised();
  }

  Channel channel() {
    Hello known = peer;
    return known == null || dialled ? channel : known.channel();
  }

  long openedNanos() {
    return openedNanos;
  }

  long lastSentNanos() {
    return lastSentNanos;
  }

  long lastHeardNanos() {
    return lastHeardNanos;
  }

  long queuedBytes() {
    return unwritten + out.length();
  }

  String remote() {
    return String.valueOf(socket.remoteAddress());
  }
}
