package starling.node.sim;

import java.util.List;
import java.util.Set;
import starling.node.coordinator.Quorum;

/**
 * Judges every single read as if the run ended with it: what was acknowledged before the read began
 * must show in it, what was written while it ran may.
 */
final class ReadChecks {
  private final History history;
  private final SwarmPlan plan;

  ReadChecks(History history, SwarmPlan plan) {
    this.history = history;
    this.plan = plan;
  }

  void judge(String key, Set<Integer> shown, long begun, long ended, Quorum level) {
    boolean meets = plan.quorumsMeet() || (level.equals(Quorum.ALL) && plan.nodes() == 3);
    if (!meets) {
      noPhantom(key, shown);
      return;
    }
    List<String> wrong = Oracles.judge(plan, history.at(begun, ended), key, shown);
    if (!wrong.isEmpty()) {
      throw new AssertionError("a read of " + key + " shows " + shown + ": " + wrong);
    }
  }

  private void noPhantom(String key, Set<Integer> shown) {
    for (History.Write write : history.writesOf(key)) {
      if (shown.contains(write.token) && write.fate == History.Fate.REFUSED) {
        throw new AssertionError("a read shows " + write + ", which was refused");
      }
    }
  }
}
