package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static starling.node.coordinator.WriteStage.ASKING;
import static starling.node.coordinator.WriteStage.ENDED;
import static starling.node.coordinator.WriteStage.JUDGING;
import static starling.node.coordinator.WriteStage.NEW;
import static starling.node.coordinator.WriteStage.REPLICATING;
import static starling.node.coordinator.WriteStage.STEPPING;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WriteStageTest {
  /** Which stages may follow which: no way leads back to the step that makes the event. */
  private static final Map<WriteStage, Set<WriteStage>> LEGAL =
      new EnumMap<>(
          Map.of(
              NEW, EnumSet.of(JUDGING, ASKING, STEPPING, ENDED),
              ASKING, EnumSet.of(JUDGING, STEPPING, ENDED),
              JUDGING, EnumSet.of(STEPPING, ENDED),
              STEPPING, EnumSet.of(REPLICATING, ENDED),
              REPLICATING, EnumSet.of(ENDED),
              ENDED, EnumSet.of(ENDED)));

  @Test
  void exactlyTheseWriteStagesFollowEachOther() {
    for (WriteStage before : WriteStage.values()) {
      for (WriteStage next : WriteStage.values()) {
        assertThat(next.mayFollow(before))
            .as("%s after %s", next, before)
            .isEqualTo(LEGAL.get(before).contains(next));
      }
    }
  }
}
