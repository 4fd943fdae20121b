package starling.node.runtime.rpc;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import starling.gossip.Address;
import starling.node.port.Transport.Channel;

/** The tries to reach one address on one channel: where the present one stands, what waits. */
final class Dial {
  /** Where a dial is reached: addresses may change hands, so pauses belong to them, not to ids. */
  record Route(Channel channel, Address address) {}

  /** How far a try has come. */
  enum Step {
    /** None is under way. */
    RESTING,
    /** TCP is connecting; nobody over there knows of this node yet. */
    CONNECTING,
    /** This node has greeted and waits for the answer. */
    GREETING,
    /** The other node, whose id is lower, dials too: its connection is waited for. */
    YIELDED
  }

  final Route route;
  final WaitingFrames waiting;
  final Backoff backoff;
  Step step = Step.RESTING;

  /** Grows with each try and each end of one, so that late callbacks know that they are late. */
  int turn;

  /** Whether frames may still join what waits. */
  boolean open;

  /** Who must answer; null if anybody may. */
  @Nullable UUID expected;

  @Nullable PeerConnection connection;
  long restingSinceNanos;

  /** When this side last greeted on it. */
  long greetedNanos;

  Dial(Route route, WaitingFrames waiting, Backoff backoff) {
    this.route = route;
    this.waiting = waiting;
    this.backoff = backoff;
  }

  /** Takes a frame for the connection that is being made. */
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
