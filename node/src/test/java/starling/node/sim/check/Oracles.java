package starling.node.sim.check;

import java.util.List;
import java.util.Set;
import starling.node.sim.SwarmPlan;
import starling.node.sim.workload.History;
import starling.node.sim.workload.History.View;

/** Which oracle judges a run. */
final class Oracles {
  private Oracles() {}

  /**
   * What is wrong with an answer that shows these tokens.
   *
   * @param deletes whether a delete may have left a tombstone in what was looked at
   */
  static List<Finding> findings(
      SwarmPlan plan,
      History history,
      View view,
      String key,
      Set<Integer> standing,
      boolean deletes) {
    return plan.lastWriterWins()
        ? LastWriterOracle.findings(history, view, key, standing)
        : FrontierOracle.findings(history, view, key, standing, deletes);
  }
}
