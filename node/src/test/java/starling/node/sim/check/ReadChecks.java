package starling.node.sim.check;

import java.util.List;
import java.util.Set;
import starling.node.sim.SwarmPlan;
import starling.node.sim.check.Exemptions.Observation;
import starling.node.sim.check.Exemptions.Where;
import starling.node.sim.workload.History;
import starling.node.sim.workload.History.View;
import starling.node.sim.workload.History.Write;
import starling.node.sim.workload.Promise;

/**
 * Judges every single answer as if the run ended with it: what was acknowledged before the read
 * began must show in it as far as their quorums meet, what was written while it ran may. A
 * condition that held is judged like the read that it is.
 */
public final class ReadChecks {
  private final History history;
  private final SwarmPlan plan;
  private final Exemptions exemptions;

  public ReadChecks(History history, SwarmPlan plan, Exemptions exemptions) {
    this.history = history;
    this.plan = plan;
    this.exemptions = exemptions;
  }

  /**
   * Judges one read.
   *
   * @param remembered whether each primary of the key knew what it has forgotten
   */
  public void judge(String key, Set<Integer> shown, View view, Promise read, boolean remembered) {
    List<Finding> all = Oracles.findings(plan, history, view, key, shown, true);
    List<Finding> wrong = exemptions.unexcused(all, new Observation(Where.READ, read, remembered));
    if (!wrong.isEmpty()) {
      throw new Violation(wrong, "a read of " + key + " shows " + shown + ": " + wrong);
    }
  }

  /**
   * Judges a condition that held of these tokens.
   *
   * @param judged the primaries that the condition was judged on
   */
  public void judgeCondition(
      Write write, Set<Integer> held, View view, Promise judged, boolean remembered) {
    List<Finding> lost =
        FrontierOracle.findings(history, view, write.key, held, true).stream()
            .filter(finding -> finding.kind() == Finding.Kind.LOST)
            .filter(finding -> finding.subject() != write)
            .toList();
    List<Finding> wrong =
        exemptions.unexcused(lost, new Observation(Where.READ, judged, remembered));
    if (!wrong.isEmpty()) {
      throw new Violation(
          Finding.Kind.CONDITION_HELD,
          wrong,
          "a condition held of " + held + " and let pass " + write + ": " + wrong);
    }
  }
}
