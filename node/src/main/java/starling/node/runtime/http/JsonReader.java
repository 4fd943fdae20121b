package starling.node.runtime.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads JSON bodies: small ones at once, large ones on a thread of their own, one after the other,
 * so that the node's thread does no work whose size a client chooses. The bound of {@link Bodies}
 * bounds those that wait.
 */
final class JsonReader {
  /** Bodies up to this length are read at once: a fraction of a millisecond for any content. */
  static final int MAX_AT_ONCE = 32 << 10;

  private final WorkerExecutor thread;

  JsonReader(Vertx vertx) {
    thread = vertx.createSharedWorkerExecutor("starling-json", 1);
    // Made at the start, so that a later shortage of threads fails no large body.
    Future<Boolean> unused = thread.executeBlocking(() -> true);
  }

  void close() {
    var unused = thread.close();
  }

  /**
   * Reads a body and goes on with what was read, on the event loop.
   *
   * @param reading touches nothing but the bytes
   */
  <T> void read(HttpExchange exchange, byte[] body, Function<byte[], T> reading, Consumer<T> then) {
    if (body.length <= MAX_AT_ONCE) {
      then.accept(reading.apply(body));
      return;
    }
    thread
        .executeBlocking(() -> reading.apply(body))
        .onSuccess(exchange.guarded(then)::accept)
        .onFailure(exchange::refuseOrFail);
  }
}
