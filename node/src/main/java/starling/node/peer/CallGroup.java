package starling.node.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import starling.node.peer.message.Declined;
import starling.node.peer.message.OtherBucket;
import starling.node.peer.message.OtherRing;
import starling.node.peer.message.Request;
import starling.node.peer.message.Response;

/**
 * The calls of one operation. Each call ends exactly once: with the response that was asked for, or
 * with a {@link CallFailure}; after {@link #close} no callback runs.
 *
 * <p>A response with another ring or another register of a bucket is joined before the callback
 * runs. A call may have a timeout of its own, or the group may have one for all of its calls
 * ({@link #timeout}).
 *
 * <p>Owned by the thread of the node's state.
 */
public final class CallGroup {
  /** Joins a peer's ring facts and bucket registers where they differ from this node's view. */
  public interface ViewListener {
    /** Returns whether the facts were joined. */
    boolean onOtherRing(UUID peer, byte[] facts);

    /** Returns whether the register was joined. */
    boolean onOtherBucket(UUID peer, OtherBucket answer);
  }

  private final PeerClient peers;
  private final ViewListener views;
  private final DeadlineWheel deadlines;

  /** In the order in which they were sent. */
  private final List<Call<?>> open = new ArrayList<>(4);

  private int sent;
  private DeadlineWheel.@Nullable Deadline timeout;

  public CallGroup(PeerClient peers, ViewListener views, DeadlineWheel deadlines) {
    this.peers = peers;
    this.views = views;
    this.deadlines = deadlines;
  }

  /**
   * Sends a request. Returns false when surely nothing was sent; then neither callback runs.
   *
   * @param request makes the request from the number of its call
   * @param expected the class of the response
   */
  public <A extends Response> boolean ask(
      UUID node,
      LongFunction<Request> request,
      Class<A> expected,
      Consumer<A> onAnswer,
      Consumer<CallFailure> onFailure) {
    return send(new Call<>(node, expected, onAnswer, onFailure), request);
  }

  /** As {@link #ask(UUID, LongFunction, Class, Consumer, Consumer)}, with a timeout. */
  public <A extends Response> boolean ask(
      UUID node,
      LongFunction<Request> request,
      int timeoutMillis,
      Class<A> expected,
      Consumer<A> onAnswer,
      Consumer<CallFailure> onFailure) {
    Call<A> call = new Call<>(node, expected, onAnswer, onFailure);
    if (!send(call, request)) {
      return false;
    }
    call.timeout = deadlines.set(timeoutMillis * 1_000_000L, call::onTimeout);
    return true;
  }

  private boolean send(Call<?> call, LongFunction<Request> request) {
    call.number = peers.ask(call.node, request, call);
    if (call.number < 0) {
      return false;
    }
    open.add(call);
    sent++;
    return true;
  }

  /**
   * Gives the whole group one timeout, in place of an earlier one: {@code onTimeout} runs when it
   * has passed, unless the group is closed before.
   */
  public void timeout(int millis, Runnable onTimeout) {
    clearTimeout();
    timeout = after(millis, onTimeout);
  }

  /**
   * As {@link #timeout}, but prolonged up to {@link PeerClient#MAX_LONGER} times while a message
   * that is longer than a frame travels to or from a node that was asked.
   */
  public void timeoutProlonged(int millis, Runnable onTimeout) {
    clearTimeout();
    timeout = prolonged(millis, onTimeout, 0);
  }

  private DeadlineWheel.Deadline prolonged(int millis, Runnable onTimeout, int times) {
    return after(
        millis,
        () -> {
          if (times < PeerClient.MAX_LONGER && longMessageTravels()) {
            timeout = prolonged(millis, onTimeout, times + 1);
          } else {
            onTimeout.run();
          }
        });
  }

  private DeadlineWheel.Deadline after(int millis, Runnable task) {
    return deadlines.set(
        millis * 1_000_000L,
        () -> {
          timeout = null;
          task.run();
        });
  }

  private boolean longMessageTravels() {
    for (Call<?> call : open) {
      if (peers.travels(call.node)) {
        return true;
      }
    }
    return false;
  }

  private void clearTimeout() {
    if (timeout != null) {
      deadlines.clear(timeout);
      timeout = null;
    }
  }

  /** How many calls were sent, ended ones included. */
  public int sent() {
    return sent;
  }

  /** Whether a call has not ended. */
  public boolean waits() {
    return !open.isEmpty();
  }

  /** Whether a call has not ended whose peer owes responses for longer than it should. */
  public boolean waitsForSilent() {
    for (Call<?> call : open) {
      if (peers.silent(call.node)) {
        return true;
      }
    }
    return false;
  }

  /** Ends all calls. */
  public void close() {
    end(false);
  }

  /** Ends all calls and tells their peers that no response is awaited. */
  public void giveUp() {
    end(true);
  }

  private void end(boolean tellPeers) {
    clearTimeout();
    for (int i = 0; i < open.size(); i++) {
      Call<?> call = open.get(i);
      call.clear();
      if (tellPeers) {
        peers.giveUp(call.node, call.number);
      } else {
        peers.close(call.number);
      }
    }
    open.clear();
  }

  private final class Call<A extends Response> implements PendingCalls.Listener {
    private final UUID node;
    private final Class<A> expected;
    private final Consumer<A> onAnswer;
    private final Consumer<CallFailure> onFailure;
    private long number = -1;
    private DeadlineWheel.@Nullable Deadline timeout;

    Call(UUID node, Class<A> expected, Consumer<A> onAnswer, Consumer<CallFailure> onFailure) {
      this.node = node;
      this.expected = expected;
      this.onAnswer = onAnswer;
      this.onFailure = onFailure;
    }

    @Override
    public void onAnswer(Response answer) {
      end();
      if (expected.isInstance(answer)) {
        onAnswer.accept(expected.cast(answer));
      } else if (answer instanceof OtherRing other) {
        onFailure.accept(new CallFailure.OtherRing(views.onOtherRing(node, other.facts())));
      } else if (answer instanceof OtherBucket other) {
        onFailure.accept(new CallFailure.OtherBucket(views.onOtherBucket(node, other)));
      } else if (answer instanceof Declined declined) {
        onFailure.accept(new CallFailure.Declined(declined.reason(), declined.detail()));
      } else {
        onFailure.accept(CallFailure.Unknown.LOST);
      }
    }

    @Override
    public void onLost() {
      end();
      onFailure.accept(CallFailure.Unknown.LOST);
    }

    private void onTimeout() {
      timeout = null;
      end();
      peers.close(number);
      onFailure.accept(CallFailure.Unknown.TIMED_OUT);
    }

    private void end() {
      clear();
      open.remove(this);
    }

    private void clear() {
      if (timeout != null) {
        deadlines.clear(timeout);
        timeout = null;
      }
    }
  }
}
