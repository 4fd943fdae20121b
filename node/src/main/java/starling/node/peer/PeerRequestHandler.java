package starling.node.peer;

import starling.node.peer.message.Request;

/** Carries out one kind of request of other nodes. */
public interface PeerRequestHandler<R extends Request> {
  /**
   * Carries a request out, and ends it with a response, now or later.
   *
   * @param pending ends the request; an exception ends it as declined
   */
  void handle(R request, PendingRequest pending);
}
