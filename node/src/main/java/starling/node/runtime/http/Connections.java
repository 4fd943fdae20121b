package starling.node.runtime.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.config.HttpConfig;
import starling.node.port.OutOfMemory;

/**
 * All open connections, their bound, and a sweep that closes those of slow and silent clients. One
 * timer for all: a timer for each request would cost more than the request.
 */
final class Connections {
  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
  private static final long LONGEST_SWEEP_MILLIS = 1_000;

  /** Connections beyond the limit: a health check must be answered. */
  private static final int SPARES = 16;

  /** How long one of them may be silent. */
  private static final long SPARE_NANOS = 1_000_000_000;

  private final Vertx vertx;
  private final HttpConfig config;
  private final Set<ConnectionTimeouts> open = new LinkedHashSet<>();

  /** Beyond the limit, oldest first. */
  private final Set<ConnectionTimeouts> spares = new LinkedHashSet<>();

  private int limit;
  private @Nullable Long timer;
  private long refused;
  private long tooSlow;

  Connections(Vertx vertx, HttpConfig config) {
    this.vertx = vertx;
    this.config = config;
    this.limit =
        config.maxConnections() == 0 ? HttpConfig.MAX_CONNECTIONS : config.maxConnections();
  }

  /** Sets the limit; open connections stay. */
  void limit(int connections) {
    limit = connections;
  }

  int limit() {
    return limit;
  }

  /** Begins to sweep, on the event loop this is called on. */
  void start() {
    long shortest =
        Math.min(config.idleTimeout().toMillis(), config.requestReadTimeout().toMillis());
    timer =
        vertx.setPeriodic(
            Math.max(20, Math.min(LONGEST_SWEEP_MILLIS, shortest / 4)), id -> sweep());
  }

  /**
   * Adds a connection. A connection beyond the limit is a spare one, for one health check: it
   * replaces the oldest spare one, which has had its time.
   */
  void opened(HttpConnection connection, Handler<HttpServerRequest> requests) {
    Channel channel = channel(connection);
    boolean spare = open.size() >= limit;
    if (spare) {
      refused++;
      makeRoom();
    }
    // A client that ends its side still gets its answers; the watch closes the connection.
    boolean unused = channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    ConnectionTimeouts watch = new ConnectionTimeouts(channel, this, System.nanoTime());
    channel.attr(ConnectionTimeouts.KEY).set(watch);
    channel.pipeline().addFirst("watch", watch);
    channel.pipeline().addBefore("handler", "framing", new RequestFraming(watch));
    (spare ? spares : open).add(watch);
    // Straight to this server: the handlers in between look for web sockets and answer unknown
    // versions.
    ((HttpServerConnection) connection).handler(requests);
    connection.exceptionHandler(OutOfMemory::endsProcess);
  }

  /** Whether a connection is beyond the limit, for one health check. */
  boolean spare(ConnectionTimeouts watch) {
    return !spares.isEmpty() && spares.contains(watch);
  }

  private void makeRoom() {
    if (spares.size() >= SPARES) {
      ConnectionTimeouts oldest = spares.iterator().next();
      spares.remove(oldest);
      oldest.abort();
    }
  }

  /** The watch over a connection; null if it was never added. */
  @Nullable ConnectionTimeouts watch(HttpConnection connection) {
    return channel(connection).attr(ConnectionTimeouts.KEY).get();
  }

  private static Channel channel(HttpConnection connection) {
    return ((HttpServerConnection) connection).channelHandlerContext().channel();
  }

  void closed(ConnectionTimeouts watch) {
    open.remove(watch);
    spares.remove(watch);
  }

  void countTooSlow() {
    tooSlow++;
  }

  int count() {
    return open.size();
  }

  long refused() {
    return refused;
  }

  long tooSlow() {
    return tooSlow;
  }

  /** Closes connections without a request. */
  void closeIdle() {
    for (ConnectionTimeouts watch : all()) {
      if (watch.idle()) {
        watch.close();
      }
    }
  }

  /** Closes everything. */
  void stop() {
    if (timer != null) {
      vertx.cancelTimer(timer);
    }
    all().forEach(ConnectionTimeouts::close);
  }

  private List<ConnectionTimeouts> all() {
    List<ConnectionTimeouts> all = new ArrayList<>(open);
    all.addAll(spares);
    return all;
  }

  private void sweep() {
    long now = System.nanoTime();
    for (ConnectionTimeouts watch : new ArrayList<>(open)) {
      try {
        watch.sweep(now, config.idleTimeout().toNanos(), config.requestReadTimeout().toNanos());
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        LOG.error("the sweep of a connection failed; the connection is closed", e);
        watch.close();
      }
    }
    for (ConnectionTimeouts watch : new ArrayList<>(spares)) {
      watch.sweep(now, SPARE_NANOS, SPARE_NANOS);
    }
  }
}
