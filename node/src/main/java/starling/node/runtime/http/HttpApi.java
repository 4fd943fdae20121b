package starling.node.runtime.http;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import starling.node.config.HttpConfig;
import starling.node.port.OutOfMemory;
import starling.node.request.NodeService;
import starling.node.request.Rejection;
import starling.node.runtime.metrics.Metrics;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/**
 * The HTTP server of a node: one HTTP/1.1 server on the node's own event loop, so that a request
 * reaches the state of the node without a thread hop.
 *
 * <p>Vert.x's server is used bare. Its router decodes and normalises paths, which would alias keys,
 * and answers in HTML; its idle timer closes connections whose request is still being worked on;
 * its handler of invalid requests resets clients that are still sending. So {@link Route} matches
 * raw paths, {@link ConnectionTimeouts} bounds times, and every rejection is a problem document.
 * HTTP/2 in clear text is off, because no timeout would watch a connection until its first bytes
 * decide between the versions.
 *
 * <p>Invariants: (1) everything but construction happens on the context's event loop; (2) every
 * request gets exactly one answer, or its client has disconnected; (3) nothing of one request
 * reaches the next on the same connection.
 */
public final class HttpApi {
  private static final int MAX_REQUEST_LINE = 8192;
  private static final int MAX_HEADERS = 8192;

  private final Context context;
  private final HttpConfig config;
  private final HttpServer server;
  private final Connections connections;
  private final RequestIds requestIds = new RequestIds();
  private final HttpDate date = new HttpDate();
  private final RequestMetrics metrics;
  private final Metrics published;
  private final Cors cors;
  private final RingHeader ringHeader;
  private final Bodies bodies;
  private final RejectionThrottle throttle;
  private final JsonReader json;
  private final HttpExchange.Ending endings = new Endings();
  private final StoreApi store;
  private final BatchApi batches;
  private final BucketApi buckets;
  private final ClusterApi cluster;
  private final ServiceApi self;
  private final NodeService service;
  private int inFlight;
  private boolean draining;
  private @Nullable Promise<Void> drained;

  /**
   * A server that does not listen yet.
   *
   * @param context the event loop that owns the node's state
   * @param published the metrics that {@code /metrics} shows, its own too; closed with this
   */
  public HttpApi(
      Vertx vertx, Context context, HttpConfig config, NodeService service, Metrics published) {
    this.context = context;
    this.config = config;
    this.service = service;
    this.server = vertx.createHttpServer(options(config));
    this.connections = new Connections(vertx, config);
    this.published = published;
    this.metrics = new RequestMetrics(published);
    this.cors = new Cors(config.corsOrigins());
    this.ringHeader = new RingHeader(service);
    this.bodies = new Bodies(config);
    this.throttle = new RejectionThrottle(vertx);
    this.json = new JsonReader(vertx);
    Contents contents = new Contents(config.maxValueBytes());
    ListingApi listings =
        new ListingApi(
            service, () -> draining, (millis, task) -> vertx.setTimer(millis, id -> task.run()));
    this.store = new StoreApi(service, bodies, json, contents, metrics, listings);
    this.batches = new BatchApi(service, bodies, json, contents, metrics);
    this.buckets = new BucketApi(service, bodies, json);
    this.cluster = new ClusterApi(service);
    this.self = new ServiceApi(service, published, context, () -> draining);
    metrics.watch(connections, bodies, this);
    server
        .connectionHandler(connection -> connections.opened(connection, this::onRequest))
        .requestHandler(this::onRequest)
        .invalidRequestHandler(this::onInvalid);
  }

  private static HttpServerOptions options(HttpConfig config) {
    return new HttpServerOptions()
        .setHost(config.host())
        .setPort(config.port())
        .setMaxInitialLineLength(MAX_REQUEST_LINE)
        .setMaxHeaderSize(MAX_HEADERS)
        .setHttp2ClearTextEnabled(false)
        .setIdleTimeout(0)
        .setDecompressionSupported(false)
        .setCompressionSupported(false)
        .setPerFrameWebSocketCompressionSupported(false)
        .setPerMessageWebSocketCompressionSupported(false)
        .setHandle100ContinueAutomatically(false)
        .setTcpNoDelay(true);
  }

  /** Starts to listen; completes with the port. */
  public Future<Integer> listen() {
    Promise<Integer> port = Promise.promise();
    context.runOnContext(
        go -> {
          connections.start();
          server.listen().map(HttpServer::actualPort).onComplete(port);
        });
    return port.future();
  }

  /**
   * Stops. Requests under way are finished, new ones are rejected as not ready; connections that
   * are open after {@code grace} are closed.
   */
  public Future<Void> shutdown(Duration grace) {
    Promise<Void> stopped = Promise.promise();
    context.runOnContext(
        go -> {
          draining = true;
          connections.closeIdle();
          Promise<Void> quiet = Promise.promise();
          drained = quiet;
          long timer =
              context.owner().setTimer(Math.max(1, grace.toMillis()), id -> quiet.tryComplete());
          if (inFlight == 0) {
            quiet.tryComplete();
          }
          quiet
              .future()
              .compose(
                  done -> {
                    context.owner().cancelTimer(timer);
                    published.close();
                    json.close();
                    return server.shutdown(0, TimeUnit.SECONDS);
                  })
              .onComplete(
                  done -> {
                    connections.stop();
                    stopped.handle(done);
                  });
        });
    return stopped.future();
  }

  /** Sets the limit of connections; from the event loop. */
  public void limitConnections(int connections) {
    this.connections.limit(connections);
  }

  /** Requests that are not answered yet. */
  int inFlight() {
    return inFlight;
  }

  private void onRequest(HttpServerRequest request) {
    ConnectionTimeouts watch = connections.watch(request.connection());
    if (watch == null || watch.lingering()) {
      return;
    }
    if (request.version() == null) {
      refuseInvalid(
          watch, new RequestRejected(ProblemKind.BAD_REQUEST, "this server speaks HTTP/1.1"));
      return;
    }
    inFlight++;
    HttpExchange exchange =
        new HttpExchange(
            request, watch, requestIds.of(request.headers().get(HeaderNames.REQUEST_ID)), endings);
    request.response().putHeader("Date", date.now(exchange.begunNanos()));
    cors.mark(exchange.header("Origin"), request.response());
    ringHeader.mark(request.uri(), request.response());
    try {
      serve(exchange);
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      exchange.refuseOrFail(e);
    }
  }

  private final class Endings implements HttpExchange.Ending {
    @Override
    public void onEnd(HttpExchange exchange, int status) {
      HttpApi.this.onEnd(exchange, status);
    }

    @Override
    public boolean room(long bytes) {
      return bodies.roomToAnswer(bytes);
    }

    @Override
    public long mostAnswerBytes() {
      return bodies.mostAnswerBytes();
    }

    @Override
    public void answers(int bytes, Future<Void> written) {
      bodies.answers(bytes, written);
    }
  }

  private void onEnd(HttpExchange exchange, int status) {
    inFlight--;
    bodies.ended(exchange);
    if (status != ProblemKind.OVERLOADED.status()
        && status != ProblemKind.TOO_MANY_REQUESTS.status()) {
      throttle.answered();
    }
    Route.Match match = exchange.matchOrNull();
    metrics.answered(
        match == null ? null : match.route(),
        exchange.verb(),
        status,
        System.nanoTime() - exchange.begunNanos());
    Promise<Void> waiting = drained;
    if (waiting != null && inFlight == 0) {
      // The answer is on its way to the socket; let it get there.
      context.runOnContext(go -> waiting.tryComplete());
    }
  }

  private void serve(HttpExchange exchange) {
    HttpServerRequest request = exchange.request();
    refuseNonsense(exchange);
    RequestTarget target = RequestTarget.parse(request.uri());
    Route.Match match = Route.match(target.path());
    if (match == null) {
      throw new RequestRejected(ProblemKind.NO_SUCH_ROUTE, "there is nothing at this path");
    }
    exchange.routed(match);
    if (connections.spare(exchange.watch())) {
      exchange.closeAfterAnswer();
      if (!match.route().tellsOfTheNode()) {
        throw new RequestRejected(
            ProblemKind.OVERLOADED,
            "the node has " + connections.limit() + " connections open, which is its limit");
      }
    }
    if (!match.route().verbs().contains(exchange.verb())) {
      refuseMethod(exchange, match.route());
      return;
    }
    exchange.asked(Query.parse(target.query()));
    if (!admit(exchange, match.route())) {
      return;
    }
    switch (match.route()) {
      case STORE, STORE_KEY, BUCKET_STORE, BUCKET_STORE_KEY -> store.handle(exchange);
      case BATCH, BUCKET_BATCH -> batches.handle(exchange);
      case REPLICAS, BUCKET_REPLICAS -> cluster.replicas(exchange);
      case BUCKET -> buckets.handle(exchange);
      case MEMBERS -> cluster.members(exchange);
      case RING -> cluster.ring(exchange);
      case TASKS -> cluster.tasks(exchange);
      case LIVE -> self.live(exchange);
      case READY -> self.ready(exchange);
      case METRICS -> self.metrics(exchange);
      case OPENAPI -> self.openApi(exchange);
    }
  }

  private static void refuseNonsense(HttpExchange exchange) {
    List<String> hosts = exchange.headers("Host");
    if (hosts.size() > 1
        || (hosts.isEmpty() && exchange.request().version() != HttpVersion.HTTP_1_0)) {
      exchange.closeAfterAnswer();
      throw new RequestRejected(
          ProblemKind.BAD_REQUEST, "Host", "a request has exactly one Host header");
    }
    if (!hosts.isEmpty() && !Authority.valid(hosts.get(0).strip())) {
      exchange.closeAfterAnswer();
      throw new RequestRejected(
          ProblemKind.BAD_REQUEST, "Host", "the Host header must be a host, or a host:port");
    }
    if (exchange.header("Connection") != null
        && RequestParts.names(exchange, "Connection", "close")) {
      exchange.closeAfterAnswer();
    }
    RequestBodies.refuseCodings(exchange);
  }

  private void refuseMethod(HttpExchange exchange, Route route) {
    ApiResponse preflight = cors.preflight(exchange);
    if (preflight != null) {
      exchange.answer(preflight);
      return;
    }
    exchange.refuse(
        Rejection.of(ProblemKind.METHOD_NOT_ALLOWED, "this path takes " + route.allow() + " only"),
        "Allow",
        route.allow());
  }

  /** A node that is full or stopping rejects requests, but not health checks. */
  private boolean admit(HttpExchange exchange, Route route) {
    if (!route.template().startsWith("/api")) {
      return true;
    }
    if (draining) {
      exchange.closeAfterAnswer();
      throw new RequestRejected(ProblemKind.NOT_READY, "the node is stopping");
    }
    if (inFlight > config.maxRequests()) {
      bodies.refuseUnread(
          exchange,
          Rejection.of(ProblemKind.TOO_MANY_REQUESTS, "the node has too many requests under way"),
          throttle);
      return false;
    }
    Rejection busy = route.ofStore() ? service.rejectEarly() : null;
    if (busy != null) {
      bodies.refuseUnread(exchange, busy, throttle);
      return false;
    }
    return true;
  }

  /** The decoder could not read the request. The rest of the connection is meaningless. */
  private void onInvalid(HttpServerRequest request) {
    ConnectionTimeouts watch = connections.watch(request.connection());
    if (watch != null && !watch.lingering()) {
      refuseInvalid(watch, InvalidRequests.refusal(request.decoderResult().cause()));
    }
  }

  private void refuseInvalid(ConnectionTimeouts watch, RequestRejected refused) {
    String requestId = requestIds.of(null);
    metrics.answered(null, ApiMethod.OTHER, refused.refusal().kind().status(), 0);
    watch.answerAndFinish(InvalidRequests.message(refused.refusal(), requestId));
  }
}
