package starling.node.sim;

import java.util.List;
import java.util.Set;
import starling.node.sim.History.View;

/** Which oracle judges a run. */
final class Oracles {
  private Oracles() {}

  static List<String> judge(
      SwarmPlan plan, History history, View view, String key, Set<Integer> standing) {
    if (!plan.lastWriterWins()) {
      return FrontierOracle.judge(history, view, key, standing);
    }
    return plan.quorumsMeet()
        ? LastWriterOracle.judge(history, view, key, standing)
        : FrontierOracle.noPhantom(history, view, key, standing);
  }
}
