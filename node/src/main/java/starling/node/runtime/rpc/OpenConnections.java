package starling.node.runtime.rpc;

import io.vertx.core.Context;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import starling.node.port.Clock;
import starling.node.port.Timers;

/**
 * All sockets of the network between nodes, also those of unknown peers and those that are closing.
 * A socket counts until it is really closed, so the bounds hold for all open sockets and not only
 * for those in use.
 */
final class OpenConnections {
  /** Longer than any greeting; a node reads no more than this from an unknown peer. */
  static final int GREETING_BYTES = 4096;

  /** Called for connections on which no greeting was complete in time. */
  interface Slow {
    void onSlow(PeerConnection connection);
  }

  private final Context context;
  private final Clock clock;
  private final Timers timers;
  private final PeerCounters counters;
  private final Duration greeting;
  private final Slow slow;
  private final Set<PeerConnection> open = new LinkedHashSet<>();
  private int inbound;
  private int ungreeted;

  OpenConnections(
      Context context,
      Clock clock,
      Timers timers,
      PeerCounters counters,
      Duration greeting,
      Slow slow) {
    this.context = context;
    this.clock = clock;
    this.timers = timers;
    this.counters = counters;
    this.greeting = greeting;
    this.slow = slow;
  }

  PeerConnection open(NetSocket socket, boolean dialledHere, PeerConnection.Events events) {
    PeerConnection connection =
        new PeerConnection(
            socket, context, timers, counters, dialledHere, GREETING_BYTES, now(), events);
    open.add(connection);
    if (!dialledHere) {
      inbound++;
      ungreeted++;
    }
    Timers.Timer deadline =
        timers.after(
            greeting.toNanos(),
            () -> {
              if (!connection.established() && !connection.ended()) {
                slow.onSlow(connection);
              }
            });
    connection.begin(
        clock::nanoTime,
        () -> {
          deadline.cancel();
          if (open.remove(connection) && !dialledHere) {
            inbound--;
            ungreeted -= connection.established() ? 0 : 1;
          }
        });
    return connection;
  }

  /** To be called once, when both sides of a connection have greeted. */
  void greeted(PeerConnection connection) {
    ungreeted -= connection.dialledHere() ? 0 : 1;
  }

  /** Connections that others have made, as long as their sockets are open. */
  int inbound() {
    return inbound;
  }

  /** How many of them have not greeted, or never will. */
  int ungreeted() {
    return ungreeted;
  }

  List<PeerConnection> all() {
    return List.copyOf(open);
  }

  long queuedBytes() {
    return open.stream().mapToLong(PeerConnection::queuedBytes).sum();
  }

  void after(Duration delay, Runnable task) {
    timers.after(delay.toNanos(), task);
  }

  PeerCounters counters() {
    return counters;
  }

  long now() {
    return clock.nanoTime();
  }
}
