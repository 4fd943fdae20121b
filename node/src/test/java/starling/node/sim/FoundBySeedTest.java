package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import starling.node.coordinator.Condition;
import starling.node.coordinator.RequestOptions;
import starling.node.replica.WriteOutcome;
import starling.node.version.Content;

/** What random runs have found once, told again on purpose. */
class FoundBySeedTest {
  /** The answer to a slow ask came while the step waited for a lease, and made a second event. */
  @Test
  void aBlindWriteThatWaitsForItsLeaseMakesOneEvent() {
    var unused = new SwarmRun(67).run(null);
  }

  /** The ring had come and the keys of contexts not yet: no answer could be given. */
  @Test
  void aNodeServesOnlyOnceItCanSignContexts() {
    for (long seed = 1; seed <= 20; seed++) {
      SimCluster cluster = new SimCluster(seed, 3);
      List<WriteOutcome> outcomes = new ArrayList<>();
      for (int millis = 0; millis < 2_000; millis += 2) {
        cluster.runFor(2);
        for (int i = 0; i < 3; i++) {
          cluster.write(
              i,
              "b",
              "k",
              Content.json(SimCluster.bytes("1")),
              "",
              Condition.NONE,
              RequestOptions.NONE,
              outcomes::add);
        }
      }
      cluster.awaitReady();
      assertThat(outcomes).as("seed %d", seed).isNotEmpty();
    }
  }
}
