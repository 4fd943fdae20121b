package starling.node.sim;

import java.util.List;
import java.util.Set;

/** Which oracle judges a run. */
final class Oracles {
  private Oracles() {}

  static List<String> judge(SwarmPlan plan, History history, String key, Set<Integer> standing) {
    if (!plan.lastWriterWins()) {
      return FrontierOracle.judge(history, key, standing);
    }
    return plan.quorumsMeet() ? LastWriterOracle.judge(history, key, standing) : List.of();
  }
}
