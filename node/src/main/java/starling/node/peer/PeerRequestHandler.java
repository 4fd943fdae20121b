package starling.node.peer;

import starling.node.peer.message.Request;

/** Executes one kind of request of other nodes. */
public interface PeerRequestHandler<R extends Request> {
  /**
   * Executes a request, and ends it with a response, now or later.
   *
   * @param pending ends the request; an exception ends it as declined
   */
  void handle(R request, PendingRequest pending);
}
