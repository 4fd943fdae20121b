package starling.node.peer;

import java.util.UUID;
import starling.node.peer.message.DeclineReason;
import starling.node.peer.message.Response;

/** A request of another node that has not ended. It ends once, even after an exception. */
public final class PendingRequest {
  /** Sends the response of a request, and counts it as ended. */
  public interface Ending {
    void onEnd();

    void answer(UUID to, Response response);

    void decline(UUID to, long call, DeclineReason reason, String detail);
  }

  private final UUID from;
  private final long call;
  private final Ending ending;
  private boolean ended;

  public PendingRequest(UUID from, long call, Ending ending) {
    this.from = from;
    this.call = call;
    this.ending = ending;
  }

  /** The node that sent the request. */
  public UUID from() {
    return from;
  }

  public long call() {
    return call;
  }

  /** Ends the request without a response. False if it had ended before. */
  public boolean end() {
    if (ended) {
      return false;
    }
    ended = true;
    ending.onEnd();
    return true;
  }

  /** Ends the request with this response; nothing is sent if it had ended before. */
  public void answer(Response response) {
    if (end()) {
      ending.answer(from, response);
    }
  }

  /** Ends the request without having done anything; nothing is sent if it had ended before. */
  public void decline(DeclineReason reason, String detail) {
    if (end()) {
      ending.decline(from, call, reason, detail);
    }
  }
}
