package starling.node.runtime.http;

import io.netty.channel.Channel;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.config.HttpConfig;
import starling.node.port.OutOfMemory;

/**
 * All open connections, how many there may be, and a sweep over them that lets slow and silent
 * clients go. One timer for all: a timer for each request would cost more than the request.
 */
final class Connections {
  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
  private static final long LONGEST_SWEEP_MILLIS = 1_000;

  private final Vertx vertx;
  private final HttpConfig config;
  private final Set<Watch> open = new LinkedHashSet<>();
  private @Nullable Long timer;
  private long refused;
  private long tooSlow;

  Connections(Vertx vertx, HttpConfig config) {
    this.vertx = vertx;
    this.config = config;
  }

  /** Begins to sweep, on the event loop this is called on. */
  void start() {
    long shortest = Math.min(config.idle().toMillis(), config.requestDeadline().toMillis());
    timer =
        vertx.setPeriodic(
            Math.max(20, Math.min(LONGEST_SWEEP_MILLIS, shortest / 4)), id -> sweep());
  }

  /** Takes a connection under watch, or closes it if there are too many. */
  void opened(HttpConnection connection, Handler<HttpServerRequest> requests) {
    Channel channel = channel(connection);
    if (open.size() >= config.maxConnections()) {
      refused++;
      var unused = channel.close();
      return;
    }
    Watch watch = new Watch(channel, this, System.nanoTime());
    channel.attr(Watch.KEY).set(watch);
    channel.pipeline().addFirst("watch", watch);
    open.add(watch);
    // Straight to us: what stands in between looks for web sockets and answers unknown versions.
    ((HttpServerConnection) connection).handler(requests);
    connection.exceptionHandler(OutOfMemory::endsProcess);
  }

  /** The watch over a connection; null if it was never taken in. */
  @Nullable Watch watch(HttpConnection connection) {
    return channel(connection).attr(Watch.KEY).get();
  }

  private static Channel channel(HttpConnection connection) {
    return ((HttpServerConnection) connection).channelHandlerContext().channel();
  }

  void closed(Watch watch) {
    open.remove(watch);
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

  /** Closes what no request is on. */
  void closeIdle() {
    for (Watch watch : new ArrayList<>(open)) {
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
    new ArrayList<>(open).forEach(Watch::close);
  }

  private void sweep() {
    long now = System.nanoTime();
    for (Watch watch : new ArrayList<>(open)) {
      try {
        watch.sweep(now, config.idle().toNanos(), config.requestDeadline().toNanos());
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        LOG.error("a connection could not be looked after and is closed", e);
        watch.close();
      }
    }
  }
}
