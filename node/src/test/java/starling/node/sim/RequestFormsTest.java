package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.request.Condition;
import starling.node.request.RequestOptions;
import starling.node.sim.check.CoverageMarks;
import starling.node.sim.fault.InjectedFault;
import starling.node.sim.workload.ClientBehavior;
import starling.node.sim.workload.RequestForms;

/** Which forms of requests there are, and that random runs draw them all. */
class RequestFormsTest {
  private static final int SEEDS = 24;

  /** A form that is new in the types of the node's service is new here. */
  @Test
  void theListNamesEveryConditionAndEveryOption() {
    assertThat(Arrays.stream(Condition.class.getPermittedSubclasses()).map(Class::getSimpleName))
        .containsExactlyInAnyOrder("None", "Absent", "Present", "Matches");
    for (String condition : List.of("Absent", "Present", "Matches")) {
      assertThat(RequestForms.all()).anyMatch(form -> form.contains("condition " + condition));
    }
    assertThat(
            Arrays.stream(RequestOptions.class.getRecordComponents())
                .map(component -> component.getName().replace("Millis", "Ms")))
        .allMatch(
            option -> RequestForms.all().stream().anyMatch(form -> form.contains(" " + option)));
  }

  @Test
  void aFewSeedsDrawEveryForm() {
    CoverageMarks probes = new CoverageMarks();
    for (long seed = 1; seed <= SEEDS; seed++) {
      SwarmPlan plan = SwarmPlan.draw(seed, 15_000).with(RequestFormsTest::calmer);
      probes.addAll(
          new SwarmRun(seed, plan, SimWiring.PLAIN, ClientBehavior.HONEST).run(null).probes());
    }
    assertThat(probes.formsMissed()).isEmpty();
  }

  /** What is drawn counts, not what becomes of it. */
  private static void calmer(SwarmPlan.Sketch plan) {
    plan.coldKeys = 20;
    plan.troubles = List.of();
    plan.trouble(1, InjectedFault.Kind.CRASH);
  }
}
