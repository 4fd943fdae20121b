package starling.node.sim;

import java.util.List;
import java.util.Set;
import starling.node.coordinator.Quorum;
import starling.node.sim.History.View;

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

  /**
   * Judges one read.
   *
   * @param remembered whether no node had forgotten something without being able to know
   */
  void judge(String key, Set<Integer> shown, View view, Quorum level, boolean remembered) {
    boolean all = !plan.sloppy() && level.equals(Quorum.ALL) && plan.nodes() == 3;
    boolean meets = remembered && (plan.quorumsMeet() || all);
    List<String> wrong =
        meets
            ? Oracles.judge(plan, history, view, key, shown)
            : FrontierOracle.noPhantom(history, view, key, shown);
    if (wrong.isEmpty() && !plan.lastWriterWins()) {
      wrong = FrontierOracle.noTornPast(history, shown);
    }
    if (!wrong.isEmpty()) {
      throw new AssertionError("a read of " + key + " shows " + shown + ": " + wrong);
    }
  }
}
