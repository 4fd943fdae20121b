package starling.gossip.cluster;

import java.util.ArrayList;
import java.util.List;
import starling.gossip.Address;

/**
 * Actions in order, until they are fetched. After an action that ends this node's part it accepts
 * none.
 */
final class Outbox {
  private List<Action> actions = new ArrayList<>();
  private boolean closed;

  void add(Action action) {
    if (!closed) {
      actions.add(action);
      closed = action instanceof Action.StepDown || action instanceof Action.Exit;
    }
  }

  void send(Address to, GossipMessage message) {
    add(new Action.Send(to, message));
  }

  boolean closed() {
    return closed;
  }

  List<Action> drain() {
    List<Action> drained = actions;
    actions = new ArrayList<>();
    return drained;
  }
}
