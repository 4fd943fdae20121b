package starling.client;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Pipelined HTTP/1.1 on the sockets of a Vert.x of its own, whose one event loop is the client's
 * thread. Requests of one turn of the loop leave in one write for each connection. Vert.x's own
 * HTTP client does more than the client needs: it costs about twice the CPU of an operation.
 */
final class VertxWire implements Wire {
  private static final int CONNECT_MILLIS = 1_000;
  private static final int CLOSE_MILLIS = 900;

  private final Vertx vertx;
  private final Context context;
  private final NetClient sockets;
  private final @Nullable VertxTls tls;
  private final ConcurrentLinkedQueue<Runnable> inbox = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean awake = new AtomicBoolean();
  private final Map<Endpoint, List<Http1Connection>> connections = new HashMap<>();
  private final List<Http1Connection> unflushed = new ArrayList<>();
  private volatile @Nullable Thread thread;
  private boolean closed;

  VertxWire(@Nullable Tls tls, @Nullable String localAddress) {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setPreferNativeTransport(true)
                .setAddressResolverOptions(
                    new AddressResolverOptions().setQueryTimeout(CONNECT_MILLIS).setMaxQueries(2)));
    context = vertx.getOrCreateContext();
    NetClientOptions options = new NetClientOptions().setConnectTimeout(CONNECT_MILLIS);
    if (localAddress != null) {
      options.setLocalAddress(localAddress);
    }
    sockets = vertx.createNetClient(options);
    this.tls = tls == null ? null : new VertxTls(tls);
  }

  @Override
  public boolean execute(Runnable task) {
    inbox.add(task);
    if (awake.getAndSet(true)) {
      return true;
    }
    try {
      context.runOnContext(unused -> drain());
      return true;
    } catch (RejectedExecutionException e) {
      awake.set(false);
      return false;
    }
  }

  private void drain() {
    thread = Thread.currentThread();
    awake.set(false);
    for (Runnable task = inbox.poll(); task != null; task = inbox.poll()) {
      run(task);
    }
    flush();
  }

  /** One turn on the client's thread, and then what it wants to send. */
  void turn(Runnable task) {
    run(task);
    flush();
  }

  /** What code of the program throws ends its own task, and no other call. */
  private static void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      Thread own = Thread.currentThread();
      own.getUncaughtExceptionHandler().uncaughtException(own, e);
    }
  }

  private void flush() {
    for (int i = 0; i < unflushed.size(); i++) {
      unflushed.get(i).flush();
    }
    unflushed.clear();
  }

  void flushLater(Http1Connection connection) {
    unflushed.add(connection);
  }

  @Override
  public boolean onOwnThread() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void after(long millis, Runnable task) {
    long unused = vertx.setTimer(Math.max(1, millis), timer -> turn(task));
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public void send(Endpoint node, WireRequest request, Sink sink) {
    if (closed) {
      sink.broken(false, false, "was not asked: the client is closed");
      return;
    }
    List<Http1Connection> open = connections.computeIfAbsent(node, key -> new ArrayList<>(4));
    Http1Connection best = null;
    int usable = 0;
    for (Http1Connection each : open) {
      if (each.usable()) {
        usable++;
        if (best == null || each.pending() < best.pending()) {
          best = each;
        }
      }
    }
    if (best == null || (best.pending() > 0 && usable < Http1Connection.MAX_PER_NODE)) {
      best = connect(node, open);
    }
    best.send(request, sink);
  }

  private Http1Connection connect(Endpoint node, List<Http1Connection> open) {
    Http1Connection made = new Http1Connection(this, node, () -> forget(node));
    open.add(made);
    var unused =
        sockets
            .connect(target(node))
            .onComplete(
                result ->
                    turn(
                        () -> {
                          if (result.succeeded()) {
                            made.connected(result.result());
                          } else {
                            made.unreachable(String.valueOf(result.cause().getMessage()));
                          }
                        }));
    return made;
  }

  private ConnectOptions target(Endpoint node) {
    ConnectOptions target = new ConnectOptions().setHost(node.host()).setPort(node.port());
    VertxTls secured = tls;
    return secured == null ? target : target.setSsl(true).setSslOptions(secured.options());
  }

  private void forget(Endpoint node) {
    List<Http1Connection> open = connections.get(node);
    if (open != null) {
      open.removeIf(Http1Connection::ended);
      if (open.isEmpty()) {
        connections.remove(node);
      }
    }
  }

  @Override
  public void retire(Endpoint node) {
    for (Http1Connection each : List.copyOf(connections.getOrDefault(node, List.of()))) {
      each.retire();
    }
  }

  @Override
  public CompletableFuture<Void> close() {
    closed = true;
    connections.values().stream().flatMap(List::stream).toList().forEach(Http1Connection::close);
    CompletableFuture<Void> ended = new CompletableFuture<>();
    var unused = vertx.close().onComplete(result -> ended.complete(null));
    return ended.completeOnTimeout(null, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  static Buffer buffer(byte[] bytes) {
    return Buffer.buffer(bytes);
  }
}
