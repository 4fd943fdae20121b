package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.coordinator.WriteOperation.Stage.ASKING;
import static starling.node.coordinator.WriteOperation.Stage.ENDED;
import static starling.node.coordinator.WriteOperation.Stage.JUDGING;
import static starling.node.coordinator.WriteOperation.Stage.NEW;
import static starling.node.coordinator.WriteOperation.Stage.REPLICATING;
import static starling.node.coordinator.WriteOperation.Stage.STEPPING;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import starling.node.coordinator.WriteOperation.Stage;

class WriteStageTest {
  /** Which stages may follow which: no way leads back to the step that makes the event. */
  private static final Map<Stage, Set<Stage>> LEGAL =
      new EnumMap<>(
          Map.of(
              NEW, EnumSet.of(JUDGING, ASKING, STEPPING, ENDED),
              ASKING, EnumSet.of(JUDGING, STEPPING, ENDED),
              JUDGING, EnumSet.of(STEPPING, ENDED),
              STEPPING, EnumSet.of(REPLICATING, ENDED),
              REPLICATING, EnumSet.of(ENDED),
              ENDED, EnumSet.of(ENDED)));

  @Test
  void exactlyTheseStagesFollowEachOther() {
    for (Stage before : Stage.values()) {
      for (Stage next : Stage.values()) {
        assertThat(next.mayFollow(before))
            .as("%s after %s", next, before)
            .isEqualTo(LEGAL.get(before).contains(next));
      }
    }
  }
}
