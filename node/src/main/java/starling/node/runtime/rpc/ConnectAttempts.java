package starling.node.runtime.rpc;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.port.Transport.Channel;

/**
 * The tries to connect to one address on one channel: the state of the present one, and the frames
 * that wait.
 */
final class ConnectAttempts {
  /**
   * The target of a dial: an address may pass to another node, so pauses belong to addresses, not
   * to ids.
   */
  record Route(Channel channel, Address address) {}

  /** The state of a try. */
  enum Step {
    /** None is under way. */
    RESTING,
    /** TCP is connecting; the other node knows nothing of this node yet. */
    CONNECTING,
    /** This node has greeted and waits for the answer. */
    GREETING,
    /** The other node, whose id is lower, dials too: this node waits for its connection. */
    YIELDED
  }

  final Route route;
  final WaitingFrames waiting;
  final Backoff backoff;
  Step step = Step.RESTING;

  /** Grows with each try and each end of one, so that late callbacks are recognised. */
  int turn;

  /** Whether more frames may wait. */
  boolean open;

  /** The node that must answer; null if any may. */
  @Nullable UUID expected;

  @Nullable PeerConnection connection;
  long restingSinceNanos;

  /** When this side last greeted on it. */
  long greetedNanos;

  ConnectAttempts(Route route, WaitingFrames waiting, Backoff backoff) {
    this.route = route;
    this.waiting = waiting;
    this.backoff = backoff;
  }

  /** Accepts a frame for the connection that is being made. */
  boolean offer(@Nullable UUID node, int kind, byte[] payload) {
    if (!open || (node != null && expected != null && !node.equals(expected))) {
      return false;
    }
    if (!waiting.offer(node, kind, payload)) {
      return false;
    }
    if (node != null) {
      expected = node;
    }
    return true;
  }

  /** Whether this dial may reach that node. */
  boolean mayReach(UUID node) {
    return expected == null || expected.equals(node);
  }
}
