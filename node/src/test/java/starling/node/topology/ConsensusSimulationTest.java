package starling.node.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import starling.node.topology.LogOracle.Rule;

/** Seeded histories of the log of ring records, and each planted bug by its stored seed. */
class ConsensusSimulationTest {
  private static final int SEEDS = Integer.getInteger("starling.topology.seeds", 300);
  private static final long FIRST = Long.getLong("starling.topology.first", 1);
  private static final int STEPS = 3000;

  /** A planted bug that only stops changes would not be worth finding here. */
  private static final Set<Rule> SAFETY = Set.of(Rule.ONE_RECORD, Rule.MAJORITY, Rule.ONE_BALLOT);

  @Test
  void eachRecordIsChosenOnceAndChangesGoOn() {
    Map<LogOracle.Mark, Integer> marks = new EnumMap<>(LogOracle.Mark.class);
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      ConsensusSimulation run = new ConsensusSimulation(seed, null);
      try {
        run.run(STEPS);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e, e);
      }
      run.marks().forEach((mark, count) -> marks.merge(mark, count, Integer::sum));
    }
    assertThat(marks).containsOnlyKeys(LogOracle.Mark.values());
  }

  @Test
  void aCrashBetweenAnyTwoStepsOfTwoProposersIsHarmless() {
    for (long seed = 1; seed <= 12; seed++) {
      int steps = new ConsensusSimulation(seed, null, 3).runWithOneCrash(1_000, 0, 0);
      assertThat(steps).isBetween(20, 400);
      for (int crashAt = 0; crashAt < steps; crashAt++) {
        for (int node = 0; node < 3; node++) {
          for (int survive = 0; survive < 2; survive++) {
            try {
              new ConsensusSimulation(seed, null, 3).runWithOneCrash(crashAt, node, survive);
            } catch (AssertionError e) {
              throw new AssertionError(
                  "seed " + seed + ", node " + node + " before step " + crashAt + ": " + e, e);
            }
          }
        }
      }
    }
  }

  /** With {@code -Dstarling.topology.hunt=N}: looks for a seed up to N and prints it. */
  @ParameterizedTest
  @EnumSource(PlantedRuleBreach.class)
  void eachPlantedBugIsFoundByItsSeed(PlantedRuleBreach bug) {
    for (long seed = 1; seed <= Integer.getInteger("starling.topology.hunt", 0); seed++) {
      if (finds(bug, seed)) {
        System.out.println(bug + "(" + seed + ")");
        return;
      }
    }
    assertThat(finds(bug, bug.seed)).as("planted bug %s, seed %d", bug, bug.seed).isTrue();
    new ConsensusSimulation(bug.seed, null).run(STEPS);
  }

  private static boolean finds(PlantedRuleBreach bug, long seed) {
    try {
      new ConsensusSimulation(seed, bug).run(STEPS);
      return false;
    } catch (LogOracle.Broken broken) {
      return SAFETY.contains(broken.rule);
    }
  }
}
