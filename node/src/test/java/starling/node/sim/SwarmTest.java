package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Random histories of whole clusters. {@code -Dstarling.sim.seeds=N} runs more of them, {@code
 * -Dstarling.sim.seed=S} one of them with its trace, {@code -Dstarling.sim.first=S} begins
 * elsewhere.
 */
class SwarmTest {
  private static final int SEEDS = 60;

  @Test
  void whateverHappensNothingAcknowledgedIsLostAndAllReplicasAgree() {
    Long one = Long.getLong("starling.sim.seed");
    if (one != null) {
      System.out.println(new SwarmRun(one).run(System.out::println));
      return;
    }
    int seeds = Integer.getInteger("starling.sim.seeds", SEEDS);
    long first = Long.getLong("starling.sim.first", 1);
    List<String> wrong = new ArrayList<>();
    long acknowledged = 0;
    long reads = 0;
    for (long seed = first; seed < first + seeds; seed++) {
      try {
        SwarmRun.Result result = new SwarmRun(seed).run(null);
        acknowledged += result.acknowledged();
        reads += result.reads();
      } catch (AssertionError broken) {
        wrong.add(broken.getMessage());
      }
    }
    assertThat(wrong).as("of %d seeds from %d", seeds, first).isEmpty();
    assertThat(acknowledged).isGreaterThan(20L * seeds);
    assertThat(reads).isGreaterThan(10L * seeds);
  }
}
