package starling.node.topology;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Actions of one node in their order. Whatever tells others of this node's log or votes waits until
 * everything that was to be stored before it is durable (PROTOCOL P27): no crash takes back what a
 * peer has heard. Messages to the node itself wait likewise and come back by {@link #nextToSelf}.
 */
final class Outbox {
  /** Messages beyond this many behind one slow disk are dropped, as a network drops them. */
  static final int MAX_HELD = 4096;

  private record Held(long ticket, ConsensusAction action) {}

  private final UUID self;
  private final Deque<Held> held = new ArrayDeque<>();
  private final Deque<ConsensusMessage> toSelf = new ArrayDeque<>();
  private List<ConsensusAction> actions = new ArrayList<>();
  private long issued;
  private long durable;

  Outbox(UUID self) {
    this.self = self;
  }

  /** Stores something; {@code action} makes the action for a ticket. */
  void store(LongFunction<ConsensusAction> action) {
    actions.add(action.apply(++issued));
  }

  /** Everything up to this ticket is durable. */
  void stored(long ticket) {
    durable = Math.max(durable, ticket);
    while (!held.isEmpty() && held.element().ticket <= durable) {
      release(held.remove().action);
    }
  }

  void send(UUID to, ConsensusMessage message) {
    if (held.size() < MAX_HELD) {
      whenDurable(new ConsensusAction.Send(to, message));
    }
  }

  /** Releases an action once everything stored so far is durable. */
  void whenDurable(ConsensusAction action) {
    if (durable == issued) {
      release(action);
    } else {
      held.add(new Held(issued, action));
    }
  }

  /** An action that tells no peer anything. */
  void now(ConsensusAction action) {
    actions.add(action);
  }

  private void release(ConsensusAction action) {
    if (action instanceof ConsensusAction.Send send && send.to().equals(self)) {
      toSelf.add(send.message());
    } else {
      actions.add(action);
    }
  }

  /** The next message of this node to itself, or null. */
  @Nullable ConsensusMessage nextToSelf() {
    return toSelf.poll();
  }

  List<ConsensusAction> drain() {
    List<ConsensusAction> drained = actions;
    actions = new ArrayList<>();
    return drained;
  }
}
