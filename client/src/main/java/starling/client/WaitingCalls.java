package starling.client;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait for a node, which are placed in their order. Once the oldest has little of its
 * time left, the newest goes first: a cluster that is a little too slow would otherwise get only
 * requests whose callers give up before the answer, and answer none in time. The old ones then end
 * at their deadlines. A call that meanwhile does something else has lost its place. Owned by the
 * client's thread.
 */
final class WaitingCalls {
  private final ArrayDeque<Call> calls = new ArrayDeque<>();
  private final int most;

  WaitingCalls(int most) {
    this.most = most;
  }

  boolean isEmpty() {
    return calls.isEmpty();
  }

  /** False if there are too many. */
  boolean add(Call call) {
    if (calls.size() >= most) {
      calls.removeIf(waiting -> !waiting.waits());
    }
    return calls.size() < most && calls.add(call);
  }

  /** The call to place next, or null. */
  @Nullable Call next(long now) {
    Call oldest = calls.peekFirst();
    while (oldest != null && !oldest.waits()) {
      calls.removeFirst();
      oldest = calls.peekFirst();
    }
    if (oldest == null || !oldest.hasLittleTime(now)) {
      return oldest;
    }
    Call newest = calls.peekLast();
    while (newest != null && !newest.waits()) {
      calls.removeLast();
      newest = calls.peekLast();
    }
    return newest;
  }

  /** Removes what {@link #next} has returned. */
  void remove(Call call) {
    if (calls.peekLast() == call) {
      calls.removeLast();
    } else {
      calls.removeFirst();
    }
  }
}
