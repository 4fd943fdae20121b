package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every planted bug is found within a few seeds, and for the right reason. */
class BugZooTest {
  private static final int SEEDS = 200;

  @ParameterizedTest
  @EnumSource
  void thePlantedBugIsFound(PlantedBug bug) {
    assertThat(seedThatFinds(bug)).as("the seed of %d that finds %s", SEEDS, bug).isPositive();
  }

  /** The first seed whose run goes wrong in the expected way, or -1. */
  static long seedThatFinds(PlantedBug bug) {
    Pattern finding = Pattern.compile(bug.finding());
    for (long seed = 1; seed <= SEEDS; seed++) {
      SwarmPlan drawn = plan(bug, seed);
      try {
        var unused = new SwarmRun(seed, drawn, bug.wiring(), bug.habits()).run(null);
      } catch (AssertionError found) {
        if (finding.matcher(found.getMessage()).find()) {
          return seed;
        }
      }
    }
    return -1;
  }

  static SwarmPlan plan(PlantedBug bug, long seed) {
    return bug.plan(
        SwarmPlan.draw(seed, 20_000)
            .with(
                plan -> {
                  plan.mixed = false;
                  plan.sloppy = false;
                }));
  }
}
