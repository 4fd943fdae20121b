package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.ClientBehavior;

/** A plan that goes wrong becomes a small one that goes wrong in the same way. */
class ShrinkingTest {
  private static final PlantedBug BUG = PlantedBug.ACKNOWLEDGES_BEFORE_THE_FSYNC;

  @Test
  void ofManyTroublesThoseRemainThatMatter() {
    long seed = BUG.seed();
    SwarmPlan plan = BugZooTest.plan(seed);
    assertThat(plan.troubles()).hasSizeGreaterThan(3);
    Shrinking shrinking = new Shrinking(seed, BUG.wiring(), BUG.habits(), 20, line -> {});
    SwarmPlan small = shrinking.shrink(plan);
    assertThat(small).isNotNull();
    assertThat(small).isNotEqualTo(plan);
    assertThat(small.troubles()).anyMatch(trouble -> trouble.kind().losesPower());
    assertThat(small.source()).startsWith("new SwarmPlan(");
  }

  @Test
  void aPlanThatGoesWellIsNotCut() {
    SwarmPlan plan = SwarmPlan.draw(8, 5_000);
    Shrinking shrinking = new Shrinking(8, SimWiring.PLAIN, ClientBehavior.HONEST, 10, line -> {});
    assertThat(shrinking.shrink(plan)).isNull();
    assertThat(shrinking.runs()).isEqualTo(1);
  }
}
