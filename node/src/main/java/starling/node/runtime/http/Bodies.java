package starling.node.runtime.http;

import io.netty.handler.codec.http.HttpHeaderValues;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpVersion;
import java.util.Arrays;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import starling.node.config.HttpConfig;
import starling.node.port.OutOfMemory;
import starling.node.request.Rejection;
import starling.wire.ProblemKind;

/**
 * Collects the bodies of requests into arrays, within bounds: each body by the largest allowed, all
 * of them together by {@link HttpConfig#maxBufferedBytes()}, each in time by the connection's
 * {@link ConnectionTimeouts}. An announced length is used only to reject a request.
 *
 * <p>A body is passed on whole or not at all: if a part cannot be added, or the end comes too early
 * or too late, its request is rejected.
 *
 * <p>A body counts until its request has ended in any way: while a write waits for replicas, its
 * value is held.
 */
final class Bodies {
  private static final Logger LOG = LoggerFactory.getLogger(Bodies.class);
  private static final int FIRST_BYTES = 16 << 10;

  /** After so many bytes a body reserves room for its announced length, or is rejected. */
  private static final int EARNEST_BYTES = 64 << 10;

  private static final int SMALL_ANSWER = 16 << 10;
  private static final int MAX_PASSED_OVER = 64 << 10;

  private final HttpConfig config;
  private long buffered;
  private long answering;

  Bodies(HttpConfig config) {
    this.config = config;
  }

  /** Releases the bytes of a body whose request has ended. */
  void ended(HttpExchange exchange) {
    buffered -= exchange.held();
  }

  /**
   * Whether there is room for an answer of so many bytes until its socket has taken it. Small ones
   * are always admitted: connections bound them, and counting each would cost more.
   */
  boolean roomToAnswer(long bytes) {
    return bytes <= SMALL_ANSWER || answering + bytes <= mostAnswerBytes();
  }

  /** The longest answer for which there can be room; that of the largest value is shorter. */
  long mostAnswerBytes() {
    return config.maxBufferedBytes();
  }

  /** Counts an answer for which there is room, until it is written or lost. */
  void answers(int bytes, Future<Void> written) {
    if (bytes > SMALL_ANSWER) {
      answering += bytes;
      written.onComplete(done -> answering -= bytes);
    }
  }

  /** Reserves room for a part of an answer that is being gathered; false if there is none. */
  boolean reserve(long bytes) {
    if (answering + bytes > mostAnswerBytes()) {
      return false;
    }
    answering += bytes;
    return true;
  }

  /** Ends what was reserved. */
  void release(long bytes) {
    answering -= bytes;
  }

  /** Bytes of large answers that their sockets have not taken yet. */
  long answering() {
    return answering;
  }

  /** Bytes held at this moment. */
  long buffered() {
    return buffered;
  }

  /**
   * Collects the whole body and passes it on; or answers the request itself.
   *
   * @throws RequestRejected if the announced body is too large, or there is no room for it now
   */
  void collect(HttpExchange exchange, Consumer<byte[]> whole) {
    collect(exchange, config.maxBodyBytes(), whole);
  }

  /** The same with a bound of its own. */
  void collect(HttpExchange exchange, int maxBytes, Consumer<byte[]> whole) {
    long announced = exchange.contentLength();
    if (announced > maxBytes) {
      throw tooLarge(maxBytes);
    }
    if (announced > config.maxBufferedBytes() - buffered) {
      throw full();
    }
    if (!exchange.announcesBody()) {
      whole.accept(new byte[0]);
      return;
    }
    Body body = new Body(exchange, maxBytes, exchange.guarded(whole));
    exchange
        .request()
        .handler(body::add)
        .exceptionHandler(body::abandon)
        .endHandler(end -> body.end());
    if (exchange.request().version() != HttpVersion.HTTP_1_0
        && HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(exchange.header("Expect"))) {
      exchange.request().response().writeContinue();
    }
    exchange.watch().receiving(body::lost);
  }

  /**
   * Rejects a request without its body. A small body that is on its way is skipped, so that the
   * connection stays open: a new connection costs more than the rejection.
   */
  void refuseUnread(HttpExchange exchange, Rejection refusal, RejectionThrottle throttle) {
    long announced = exchange.contentLength();
    if (announced <= 0 || announced > MAX_PASSED_OVER || exchange.header("Expect") != null) {
      exchange.refuse(refusal);
      throttle.refused(exchange.watch());
      return;
    }
    exchange
        .request()
        .handler(part -> {})
        .exceptionHandler(
            gone -> {
              OutOfMemory.endsProcess(gone);
              exchange.abandoned();
            })
        .endHandler(
            end -> {
              exchange.bodyReceived();
              exchange.refuse(refusal);
              throttle.refused(exchange.watch());
            });
    exchange.watch().receiving(exchange::refuse);
  }

  private RequestRejected full() {
    return new RequestRejected(
        ProblemKind.OVERLOADED,
        "the node holds "
            + buffered
            + " bytes of bodies at present, of "
            + config.maxBufferedBytes()
            + " (http.maxBufferedBytes)");
  }

  private RequestRejected tooLarge(int maxBytes) {
    return new RequestRejected(
        ProblemKind.VALUE_TOO_LARGE,
        "body",
        "a value may have " + config.maxValueBytes() + " bytes and this body " + maxBytes);
  }

  /** One body on its way. */
  private final class Body {
    private final HttpExchange exchange;
    private final int maxBytes;
    private final Consumer<byte[]> whole;
    private byte[] bytes = new byte[0];
    private int length;
    private boolean over;

    Body(HttpExchange exchange, int maxBytes, Consumer<byte[]> whole) {
      this.exchange = exchange;
      this.maxBytes = maxBytes;
      this.whole = whole;
    }

    /** A part that could not be added makes a hole: the whole body is dropped. */
    void add(Buffer part) {
      if (over) {
        return;
      }
      try {
        append(part);
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        giveUp(e);
      }
    }

    private void append(Buffer part) {
      long needed = (long) length + part.length();
      if (needed > maxBytes) {
        refuse(tooLarge(maxBytes));
      } else if (needed > bytes.length && !grow((int) needed)) {
        refuse(full());
      } else {
        part.getBytes(bytes, length);
        length = (int) needed;
      }
    }

    private boolean grow(int needed) {
      long announced = exchange.contentLength();
      int wanted;
      if (length == 0) {
        wanted = (int) Math.max(needed, Math.min(announced, FIRST_BYTES));
      } else if (announced >= needed && needed > EARNEST_BYTES) {
        // Many bodies that grow by halves would block each other.
        wanted = (int) announced;
      } else {
        long most = announced >= needed ? announced : maxBytes;
        wanted = (int) Math.min(most, Math.max(needed, 2L * bytes.length));
      }
      if (buffered + wanted - bytes.length > config.maxBufferedBytes()) {
        return false;
      }
      buffered += wanted - bytes.length;
      bytes = Arrays.copyOf(bytes, wanted);
      return true;
    }

    void end() {
      if (over) {
        return;
      }
      try {
        finish();
      } catch (Throwable e) {
        OutOfMemory.endsProcess(e);
        giveUp(e);
      }
    }

    private void finish() {
      long announced = exchange.contentLength();
      if (announced >= 0 && announced != length) {
        // The beginning of the next request is unknown now.
        exchange.closeAfterAnswer();
        refuse(
            new RequestRejected(
                ProblemKind.BAD_BODY,
                "Content-Length",
                "the body has "
                    + length
                    + " bytes, but Content-Length says "
                    + announced
                    + "; nothing was stored"));
        return;
      }
      byte[] body = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
      release();
      if (exchange.holds(length)) {
        buffered += length;
      }
      exchange.bodyReceived();
      whole.accept(body);
    }

    void lost(RequestRejected why) {
      if (!over) {
        refuse(why);
      }
    }

    void abandon(Throwable gone) {
      OutOfMemory.endsProcess(gone);
      if (!over) {
        release();
        exchange.abandoned();
      }
    }

    /** Nothing of it was passed on. */
    private void giveUp(Throwable error) {
      LOG.error("request {}: its body could not be collected", exchange.requestId(), error);
      refuse(new RequestRejected(ProblemKind.INTERNAL, Rejection.ERROR_INSIDE));
    }

    private void refuse(RequestRejected refused) {
      release();
      exchange.refuse(refused);
    }

    private void release() {
      over = true;
      buffered -= bytes.length;
      bytes = new byte[0];
    }
  }
}
