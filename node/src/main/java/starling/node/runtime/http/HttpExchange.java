package starling.node.runtime.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.port.OutOfMemory;
import starling.node.request.Rejection;
import starling.wire.HeaderNames;
import starling.wire.ProblemKind;

/**
 * One request and its answer. Exactly one answer is given; a rejection before the body's end closes
 * the connection after it, because the rest of the body would be read as the next request. On the
 * event loop of the node only.
 */
final class HttpExchange {
  private static final Rejection NO_ROOM =
      Rejection.of(
          ProblemKind.OVERLOADED,
          "the answers that clients have not received yet fill their bound in this node");

  private static final Logger LOG = LoggerFactory.getLogger(HttpExchange.class);

  /** Called once, when the request has ended. */
  interface Ending {
    /** {@code status} is 0 if the client disconnected before the answer. */
    void onEnd(HttpExchange exchange, int status);

    /** Whether an answer of so many bytes may wait for its socket now. */
    boolean room(long bytes);

    /** The longest answer for which there can be room. */
    long mostAnswerBytes();

    /** Such an answer waits until this completes. */
    void answers(int bytes, Future<Void> written);
  }

  private final HttpServerRequest request;
  private final ConnectionTimeouts watch;
  private final Ending ending;
  private final String requestId;
  private final ApiMethod verb;
  private final long begunNanos = System.nanoTime();
  private Route.@Nullable Match match;
  private Query query = Query.parse(null);
  private boolean bodyPending;
  private boolean closeAfter;
  private boolean over;
  private int held;

  HttpExchange(
      HttpServerRequest request, ConnectionTimeouts watch, String requestId, Ending ending) {
    this.request = request;
    this.watch = watch;
    this.ending = ending;
    this.requestId = requestId;
    this.verb = ApiMethod.of(request.method().name());
    this.bodyPending = announcesBody();
    if (!bodyPending) {
      watch.requestReceived();
    }
  }

  HttpServerRequest request() {
    return request;
  }

  ConnectionTimeouts watch() {
    return watch;
  }

  String requestId() {
    return requestId;
  }

  ApiMethod verb() {
    return verb;
  }

  long begunNanos() {
    return begunNanos;
  }

  /** The route, once it was found. */
  Route.@Nullable Match matchOrNull() {
    return match;
  }

  Route.Match match() {
    Route.Match found = match;
    if (found == null) {
      throw new IllegalStateException("the request has no route");
    }
    return found;
  }

  Query query() {
    return query;
  }

  void routed(Route.Match found) {
    match = found;
  }

  void asked(Query parameters) {
    query = parameters;
  }

  @Nullable String header(String name) {
    return request.headers().get(name);
  }

  List<String> headers(String name) {
    return request.headers().getAll(name);
  }

  boolean changesSomething() {
    return !verb.reads();
  }

  /** Whether the request announces a body, even one of no bytes in chunks. */
  boolean announcesBody() {
    return header("Transfer-Encoding") != null || contentLength() > 0;
  }

  /** The announced length, or -1; the decoder has checked that it is one number. */
  long contentLength() {
    String length = header("Content-Length");
    return length == null ? -1 : Long.parseLong(length.strip());
  }

  /** The last byte of the body has come. */
  void bodyReceived() {
    bodyPending = false;
    watch.requestReceived();
  }

  /** Its body is held until the request ends; false if it has ended already. */
  boolean holds(int bytes) {
    held = over ? 0 : bytes;
    return !over;
  }

  /** Bytes of its body that are held until it ends. */
  int held() {
    return held;
  }

  /** The connection is to be closed after the answer. */
  void closeAfterAnswer() {
    closeAfter = true;
  }

  void refuse(RequestRejected refused) {
    refuse(refused.refusal());
  }

  void refuse(Rejection refusal) {
    if (refusal.kind().status() >= 500) {
      LOG.debug("request {} rejected: {}, {}", requestId, refusal.kind(), refusal.detail());
    }
    answer(Problems.of(refusal, requestId, changesSomething()));
  }

  /** The same with a header of its own. */
  void refuse(Rejection refusal, String header, String value) {
    answer(Problems.of(refusal, requestId, changesSomething()).header(header, value));
  }

  /**
   * Whether to make the body of an answer, asked before memory is taken for it. Not for a HEAD
   * whose GET would be rejected: its headers come without a length.
   *
   * @param bytes about how many it will take
   * @param instead the advice for the client if it is too long
   * @throws RequestRejected if the answer is longer than any may be, or there is no room for it now
   */
  boolean makesBody(long bytes, String instead) {
    long most = ending.mostAnswerBytes();
    if (bytes > most) {
      if (verb == ApiMethod.HEAD) {
        return false;
      }
      throw new RequestRejected(
          ProblemKind.OVERLOADED,
          "the answer would take "
              + bytes
              + " bytes, and this node holds at most "
              + most
              + " bytes of answers (http.maxBufferedBytes): "
              + instead
              + ", or raise the bound and the node's heap");
    }
    if (verb != ApiMethod.HEAD && !ending.room(bytes)) {
      throw new RequestRejected(NO_ROOM);
    }
    return true;
  }

  /** An internal error, without its details. */
  void fail(Throwable error) {
    OutOfMemory.endsProcess(error);
    LOG.error("request {} failed", requestId, error);
    refuse(Rejection.perhaps(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE));
  }

  /** An error while the request was read or executed. */
  void refuseOrFail(Throwable error) {
    if (error instanceof RequestRejected refused) {
      refuse(refused);
    } else {
      fail(error);
    }
  }

  /** The same consumer, whose errors become answers. */
  <T> Consumer<T> guarded(Consumer<T> consumer) {
    return value -> {
      try {
        consumer.accept(value);
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        refuseOrFail(e);
      }
    };
  }

  /** The client has disconnected. */
  void abandoned() {
    end(0);
  }

  void answer(ApiResponse answer) {
    if (over) {
      return;
    }
    HttpServerResponse response = request.response();
    if (response.closed()) {
      end(0);
      return;
    }
    try {
      boolean room = verb == ApiMethod.HEAD || ending.room(answer.body().length);
      send(response, room ? answer : Problems.of(NO_ROOM, requestId, changesSomething()));
    } catch (Throwable e) {
      OutOfMemory.endsProcess(e);
      LOG.error("request {}: its answer could not be sent", requestId, e);
      end(0);
      watch.close();
    }
  }

  /**
   * Begins an answer whose body is written piece by piece. The request counts as under way until
   * the body has ended, or the client has disconnected.
   */
  ResponseStream stream(int status, String contentType) {
    HttpServerResponse response = request.response();
    boolean chunked = request.version() != HttpVersion.HTTP_1_0;
    boolean last = closeAfter || watch.lastRequest() || !chunked;
    response.setStatusCode(status);
    fillHeaders(response, ApiResponse.unmeasured(status, contentType), last);
    response.setChunked(chunked);
    return new ResponseStream(
        response,
        () -> {
          boolean closes = last || watch.lastRequest();
          end(status);
          Future<Void> written = response.end();
          if (closes) {
            written.onComplete(done -> watch.close());
          }
        },
        () -> {
          end(0);
          watch.close();
        });
  }

  private void send(HttpServerResponse response, ApiResponse answer) {
    boolean cut = bodyPending || closeAfter;
    boolean last = watch.lastRequest();
    response.setStatusCode(answer.status());
    fillHeaders(response, answer, cut || last);
    if (cut) {
      watch.giveUp();
    }
    // Before the answer is written: that begins the next request of the connection.
    end(answer.status());
    Future<Void> written =
        verb == ApiMethod.HEAD || answer.body().length == 0
            ? response.end()
            : response.end(Buffer.buffer(answer.body()));
    ending.answers(answer.body().length, written);
    if (cut) {
      written.onComplete(done -> watch.finish());
    } else if (last) {
      written.onComplete(done -> watch.close());
    }
  }

  private void fillHeaders(HttpServerResponse response, ApiResponse answer, boolean close) {
    List<String> headers = answer.headers();
    for (int i = 0; i < headers.size(); i += 2) {
      response.headers().add(headers.get(i), headers.get(i + 1));
    }
    response.putHeader(HeaderNames.REQUEST_ID, requestId);
    String contentType = answer.contentType();
    if (contentType != null) {
      response.putHeader("Content-Type", contentType);
      response.putHeader("X-Content-Type-Options", "nosniff");
    }
    if (answer.tellsLength()) {
      response.putHeader("Content-Length", Integer.toString(answer.body().length));
    }
    if (match == null || match.route() != Route.OPENAPI) {
      response.putHeader("Cache-Control", "no-store");
    }
    if (close) {
      response.putHeader("Connection", "close");
    }
  }

  private void end(int status) {
    if (!over) {
      over = true;
      watch.requestDone();
      ending.onEnd(this, status);
    }
  }
}
