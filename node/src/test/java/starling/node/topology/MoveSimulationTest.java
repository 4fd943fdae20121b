package starling.node.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import starling.node.topology.MoveSimulation.Finding;
import starling.node.topology.MoveSimulation.Mark;

/** Seeded histories of moves under reads and writes, and each planted bug by its stored seed. */
class MoveSimulationTest {
  private static final int SEEDS = Integer.getInteger("starling.topology.seeds", 1000);
  private static final long FIRST = Long.getLong("starling.topology.first", 1);
  private static final int STEPS = 800;

  @Test
  void noReadMissesAWriteAndNoneIsLostWhileListsMove() {
    Map<Mark, Integer> marks = new EnumMap<>(Mark.class);
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      MoveSimulation run = new MoveSimulation(seed, null);
      assertThat(run.run(STEPS)).as("seed %d", seed).isEmpty();
      run.marks().forEach((mark, count) -> marks.merge(mark, count, Integer::sum));
    }
    assertThat(marks).containsOnlyKeys(Mark.values());
  }

  /** With {@code -Dstarling.topology.hunt=N}: looks for a seed up to N and prints it. */
  @ParameterizedTest
  @EnumSource(PlantedMoveBreach.class)
  void eachPlantedBugIsFoundByItsSeed(PlantedMoveBreach bug) {
    for (long seed = 1; seed <= Integer.getInteger("starling.topology.hunt", 0); seed++) {
      if (finds(bug, seed)) {
        System.out.println(bug + "(" + seed + ")");
        return;
      }
    }
    assertThat(finds(bug, bug.seed)).as("planted bug %s, seed %d", bug, bug.seed).isTrue();
    assertThat(new MoveSimulation(bug.seed, null).run(STEPS)).isEmpty();
  }

  /** A planted bug that only stops a move would not be worth finding here. */
  private static boolean finds(PlantedMoveBreach bug, long seed) {
    return new MoveSimulation(seed, bug)
        .run(STEPS).stream().anyMatch(finding -> finding != Finding.STUCK);
  }
}
