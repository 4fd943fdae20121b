package starling.node.runtime.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/**
 * The body of an answer that is written piece by piece. The next piece is made when the socket has
 * taken the one before, so that no more than one waits for a slow reader.
 */
final class ResponseStream {
  private final HttpServerResponse response;

  /** Ends the exchange, with its status or with 0 where the client has disconnected. */
  private final Runnable ending;

  private final Runnable cutting;
  private Future<Void> written = Future.succeededFuture();
  private boolean over;

  ResponseStream(HttpServerResponse response, Runnable ending, Runnable cutting) {
    this.response = response;
    this.ending = ending;
    this.cutting = cutting;
    response.exceptionHandler(gone -> over());
    response.closeHandler(gone -> over());
  }

  private void over() {
    if (!over) {
      over = true;
      cutting.run();
    }
  }

  void write(Buffer piece) {
    if (!over) {
      written = response.write(piece);
    }
  }

  /** Runs the task once the socket has taken all; never, if the client has disconnected. */
  void whenTaken(Runnable task) {
    written.onComplete(
        taken -> {
          if (!over) {
            task.run();
          }
        },
        gone -> over());
  }

  /** The body is complete. */
  void end() {
    if (!over) {
      over = true;
      ending.run();
    }
  }

  /** The body ends before its end, which the client can see: its connection is closed. */
  void cut() {
    over();
  }
}
