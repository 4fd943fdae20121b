package starling.node.peer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import starling.node.peer.message.Forget;
import starling.node.peer.message.PeerMessage;
import starling.node.peer.message.Request;

/**
 * Detects a process pause: a gap in the process's own ticks. The frames that queued up meanwhile
 * are all read before any is handled, so that a request is not executed if its sender's withdrawal
 * is in the same queue, or if it may have waited beyond its deadline.
 *
 * <p>Owned by the thread of the node's state. Bounded: beyond {@link #MAX_FRAMES} the deferred
 * frames are handled at once.
 */
public final class PauseDetector {
  /** A gap of this length between two ticks counts as a pause. */
  static final long GAP_NANOS = 1_000_000_000L;

  static final int MAX_FRAMES = 10_000;

  private record Deferred(UUID from, PeerMessage message) {}

  private record Call(UUID from, long number) {}

  private final List<Deferred> kept = new ArrayList<>();
  private long lastTickNanos;
  private long stoodSinceNanos;
  private boolean holding;

  public PauseDetector(long nowNanos) {
    lastTickNanos = nowNanos;
  }

  /** Whether to defer a frame that arrives now. */
  public boolean holds(long nowNanos) {
    notice(nowNanos);
    return holding && kept.size() < MAX_FRAMES;
  }

  private boolean notice(long nowNanos) {
    boolean gap = nowNanos - lastTickNanos > GAP_NANOS;
    if (gap && !holding) {
      holding = true;
      stoodSinceNanos = lastTickNanos;
    }
    return gap;
  }

  public void keep(UUID from, PeerMessage message) {
    kept.add(new Deferred(from, message));
  }

  /**
   * After a gap the first tick continues to defer, for frames that are not read yet; the next one
   * delivers the deferred frames in order, without withdrawn requests.
   */
  public void tick(
      long nowNanos, BiConsumer<UUID, PeerMessage> act, BiConsumer<UUID, Request> tooLate) {
    boolean gap = notice(nowNanos);
    lastTickNanos = nowNanos;
    if (gap || !holding) {
      return;
    }
    holding = false;
    List<Deferred> pile = new ArrayList<>(kept);
    kept.clear();
    // Any of them may have been sent when the pause began.
    long oldestMillis = (nowNanos - stoodSinceNanos) / 1_000_000;
    Set<Call> takenBack = new HashSet<>();
    for (Deferred one : pile) {
      if (one.message() instanceof Forget) {
        takenBack.add(new Call(one.from(), one.message().call()));
      }
    }
    for (Deferred one : pile) {
      if (!(one.message() instanceof Request question)) {
        act.accept(one.from(), one.message());
      } else if (!takenBack.contains(new Call(one.from(), question.call()))) {
        if (question.remainingMillis() < oldestMillis) {
          tooLate.accept(one.from(), question);
        } else {
          act.accept(one.from(), question);
        }
      }
    }
  }
}
