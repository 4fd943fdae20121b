package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import starling.node.peer.Tampering;
import starling.node.sim.Interleaving.Mark;
import starling.node.sim.Interleaving.Victim;
import starling.node.sim.fault.BrokenStorage;
import starling.node.sim.fault.BrokenTransport;
import starling.node.sim.fault.PlantedBug;

/**
 * Every interleaving of two writes, a delete, a crash and a delivery of hints, as far as so many
 * detours reach. {@code -Dstarling.sim.enumerate=N} walks all paths of up to N detours.
 */
class EnumerationTest {
  private static final long NO_BOUND = Long.MAX_VALUE;

  @Test
  void noOrderOfEventsLosesAWriteOrBringsADeletedValueBack() {
    Integer asked = Integer.getInteger("starling.sim.enumerate");
    Map<Mark, Long> marks = new EnumMap<>(Mark.class);
    for (Victim victim : Victim.values()) {
      for (boolean power : new boolean[] {false, true}) {
        boolean deep = victim == Victim.RETURNED && !power;
        Enumeration walk =
            new Enumeration(
                victim, power, SimWiring.PLAIN, asked != null ? asked : deep ? 2 : 1, NO_BOUND);
        walk.walk();
        System.out.println(walk);
        assertThat(walk.wrong()).isNull();
        assertThat(walk.complete()).isTrue();
        walk.marks().forEach((mark, paths) -> marks.merge(mark, paths, Long::sum));
      }
    }
    assertThat(marks).as("what no path has had in it").containsOnlyKeys(Mark.values());
  }

  /** What an enumeration of all orders finds. */
  enum Planted {
    STEPS_MERGE_WITH_WHAT_IS_DURABLE,
    HINTS_GO_BEFORE_THEY_ARE_TAKEN,
    HINTS_ARE_FORGOTTEN_AT_A_RESTART,
    SETS_ARE_TAKEN_APART;

    SimWiring wiring() {
      return switch (this) {
        case STEPS_MERGE_WITH_WHAT_IS_DURABLE ->
            SimWiring.withStorage(BrokenStorage.CompletesAtOnce::new);
        case HINTS_GO_BEFORE_THEY_ARE_TAKEN -> PlantedBug.firstHintsAreLost(true);
        case HINTS_ARE_FORGOTTEN_AT_A_RESTART ->
            SimWiring.withStorage(BrokenStorage.ForgetsItsHints::new);
        case SETS_ARE_TAKEN_APART -> BrokenTransport.changing(Tampering::tearSets);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPlantedBugIsFound(Planted bug) {
    String found = null;
    for (Victim victim : Victim.values()) {
      for (int power = 0; power < 2 && found == null; power++) {
        Enumeration walk = new Enumeration(victim, power == 1, bug.wiring(), 1, NO_BOUND);
        walk.walk();
        found = walk.wrong();
      }
    }
    assertThat(found)
        .isNotNull()
        .containsPattern("lost|resurrected|primaries differ|no hint is left");
  }
}
