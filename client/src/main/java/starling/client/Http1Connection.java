package starling.client;

import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One connection: requests go out in order, and responses come back in that order. Owned by the
 * client's thread.
 *
 * <pre>
 *   CONNECTING ──▶ OPEN ──▶ RETIRED (no new requests) ──▶ ENDED
 * </pre>
 */
final class Http1Connection {
  /** Beyond these, requests share a connection. Nodes execute the requests of one in order. */
  static final int MAX_PER_NODE = 32;

  /** A connection that takes no new requests and is silent for so long is closed. */
  private static final long RETIRED_MILLIS = 10_000;

  private enum State {
    CONNECTING,
    OPEN,
    RETIRED,
    ENDED
  }

  private final VertxWire wire;
  private final String host;
  private final Runnable onEnd;
  private final Http1Reader reader = new Http1Reader();
  private final Http1Writer writer = new Http1Writer();
  private final Queue<Wire.Sink> pending = new ArrayDeque<>();
  private State state = State.CONNECTING;
  private @Nullable NetSocket socket;
  private boolean flushing;
  private long heard;

  Http1Connection(VertxWire wire, Endpoint node, Runnable onEnd) {
    this.wire = wire;
    this.host = node.toString();
    this.onEnd = onEnd;
  }

  boolean usable() {
    return state == State.CONNECTING || state == State.OPEN;
  }

  boolean ended() {
    return state == State.ENDED;
  }

  int pending() {
    return pending.size();
  }

  void send(WireRequest request, Wire.Sink sink) {
    pending.add(sink);
    writer.add(request, host);
    if (socket != null) {
      flushLater();
    }
  }

  private void flushLater() {
    if (!flushing) {
      flushing = true;
      wire.flushLater(this);
    }
  }

  void flush() {
    flushing = false;
    NetSocket open = socket;
    if (open != null && state != State.ENDED && !writer.isEmpty()) {
      var unused = open.write(VertxWire.buffer(writer.take()));
    }
  }

  void connected(NetSocket made) {
    if (state == State.ENDED) {
      var unused = made.close();
      return;
    }
    socket = made;
    if (state == State.CONNECTING) {
      state = State.OPEN;
    }
    made.handler(buffer -> wire.turn(() -> received(buffer.getBytes())));
    made.closeHandler(unused -> wire.turn(() -> end(true, false, "closed the connection")));
    made.exceptionHandler(
        error -> wire.turn(() -> end(true, false, "broke the connection: " + error.getMessage())));
    flushLater();
  }

  void unreachable(String reason) {
    end(false, false, "cannot be connected to: " + reason);
  }

  private void received(byte[] bytes) {
    if (state == State.ENDED) {
      return;
    }
    heard++;
    try {
      reader.read(bytes, this::answered);
    } catch (Http1Reader.GarbageException e) {
      end(true, true, "answered with " + e.getMessage());
      return;
    }
    if (reader.closing()) {
      end(true, false, "closed the connection");
    } else if (state == State.RETIRED && pending.isEmpty()) {
      close();
    }
  }

  private void answered(Answer answer) {
    Wire.Sink sink = pending.poll();
    if (sink != null) {
      sink.answered(answer);
    } else {
      end(true, true, "answered without a request");
    }
  }

  /** Takes no new requests; ends once all are answered, or nothing comes any more. */
  void retire() {
    if (state == State.OPEN || state == State.CONNECTING) {
      state = State.RETIRED;
      if (pending.isEmpty()) {
        close();
      } else {
        watch(heard);
      }
    }
  }

  private void watch(long before) {
    wire.after(
        RETIRED_MILLIS,
        () -> {
          if (state != State.ENDED) {
            if (heard == before) {
              end(true, false, "was silent");
            } else {
              watch(heard);
            }
          }
        });
  }

  void close() {
    end(true, false, "the connection was closed");
  }

  private void end(boolean sent, boolean garbage, String reason) {
    if (state == State.ENDED) {
      return;
    }
    state = State.ENDED;
    NetSocket open = socket;
    if (open != null) {
      var unused = open.close();
    }
    onEnd.run();
    for (Wire.Sink sink = pending.poll(); sink != null; sink = pending.poll()) {
      sink.broken(sent && open != null, garbage, reason);
      garbage = false;
    }
  }
}
