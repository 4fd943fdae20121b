package starling.client;

import java.util.concurrent.CompletableFuture;

/**
 * What a transport gives to one client. Tasks, timers and answers all run on one thread, the
 * client's, one after the other.
 */
interface Wire {
  /** Runs a task on the client's thread; false: it will not run, because that has ended. */
  boolean execute(Runnable task);

  boolean onOwnThread();

  /** Runs a task once on the client's thread, in about this time. On the client's thread. */
  void after(long millis, Runnable task);

  /** A monotonic clock. */
  long nanos();

  /** Sends a request; its end is reported to the sink, once. On the client's thread. */
  void send(Endpoint node, WireRequest request, Sink sink);

  /** Sends nothing more on the present connections to a node; answers may still come on them. */
  void retire(Endpoint node);

  /** Closes all connections and ends the thread; at most a second. */
  CompletableFuture<Void> close();

  /** Where the end of a request is reported. */
  interface Sink {
    void answered(Answer answer);

    /**
     * There will be no answer.
     *
     * @param sent whether the node may have received any of the request
     * @param garbage whether the node answered what is not HTTP
     */
    void broken(boolean sent, boolean garbage, String reason);
  }
}
