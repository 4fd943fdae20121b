package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.ClientBehavior;

/**
 * Random histories of whole clusters. {@code -Dstarling.sim.seeds=N} runs more of them, {@code
 * -Dstarling.sim.first=S} begins elsewhere, {@code -Dstarling.sim.seed=S} runs one of them with its
 * trace, and {@code -Dstarling.sim.shrink=S} cuts down one that fails to a plan that is small. The
 * last two take {@code -Dstarling.sim.bug=B}: the run has that {@link PlantedBug}.
 */
class SwarmTest {
  private static final int SEEDS = 200;

  @Test
  void whateverHappensNothingAcknowledgedIsLostAndAllReplicasAgree() throws Exception {
    Long one = Long.getLong("starling.sim.seed");
    if (one != null) {
      System.out.println(new SwarmRun(one, plan(one), wiring(), habits()).run(System.out::println));
      return;
    }
    Long large = Long.getLong("starling.sim.shrink");
    if (large != null) {
      System.out.println(shrunk(large, 1_000));
      return;
    }
    int seeds = Integer.getInteger("starling.sim.seeds", SEEDS);
    long first = Long.getLong("starling.sim.first", 1);
    Swarm swarm = new Swarm();
    swarm.run(first, seeds, workers());
    System.out.println(swarm);
    if (!swarm.wrong().isEmpty()) {
      System.out.println(shrunk(swarm.firstWrong(), 60));
    }
    assertThat(swarm.wrong()).as("of %d seeds from %d", seeds, first).isEmpty();
    assertThat(swarm.acknowledged()).isGreaterThan(100L * seeds);
    assertThat(swarm.reads()).isGreaterThan(50L * seeds);
    assertThat(swarm.excusedTooMany()).as("lines that excused too many requests").isEmpty();
    if (seeds >= SEEDS) {
      assertThat(swarm.probes().missed()).as("rare paths that no run has taken").isEmpty();
    }
  }

  /** As many cores as no other test of the build uses; all, two at most, for a run by itself. */
  private static int workers() {
    int cores = Math.min(2, Runtime.getRuntime().availableProcessors());
    boolean alone = System.getProperty("starling.sim.seeds") != null;
    return alone ? cores : Math.max(1, cores / Integer.getInteger("starling.test.forks", 1));
  }

  private static @Nullable PlantedBug bug() {
    String name = System.getProperty("starling.sim.bug");
    return name == null ? null : PlantedBug.valueOf(name);
  }

  private static SwarmPlan plan(long seed) {
    return bug() == null ? SwarmPlan.draw(seed) : BugZooTest.plan(seed);
  }

  private static SimWiring wiring() {
    PlantedBug bug = bug();
    return bug == null ? SimWiring.PLAIN : bug.wiring();
  }

  private static ClientBehavior habits() {
    PlantedBug bug = bug();
    return bug == null ? ClientBehavior.HONEST : bug.habits();
  }

  /** A small plan that goes wrong as the seed's own does, as it is written in a test. */
  private static String shrunk(long seed, int runs) {
    Shrinking shrinking = new Shrinking(seed, wiring(), habits(), runs, System.out::println);
    SwarmPlan small = shrinking.shrink(plan(seed));
    return small == null
        ? "seed " + seed + " goes well"
        : "seed "
            + seed
            + " shrunk in "
            + shrinking.runs()
            + " runs:\n    "
            + small.source()
            + "\n"
            + shrinking.failure();
  }
}
