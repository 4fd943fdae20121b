package starling.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import starling.node.sim.check.Violation;
import starling.node.sim.fault.PlantedBug;
import starling.node.sim.workload.ClientBehavior;

/**
 * Every planted bug is found by the plans that the swarm draws, and for the right reason: by its
 * stored seed in each build, and with {@code -Dstarling.sim.zoo=N} in at least one of N fresh seeds
 * (from {@code -Dstarling.sim.first} on), of which the share is printed. {@code
 * -Dstarling.sim.zoo.store} stops at the first seed that finds a bug: it is the one to store.
 */
class BugZooTest {
  private static final long CHAOS_MILLIS = 30_000;

  /** How many seeds are tried for a bug that has none stored yet. */
  private static final int SEEDS = 200;

  private static final long FRESH = 1_000_000;

  @ParameterizedTest
  @EnumSource
  void thePlantedBugIsFoundByItsSeed(PlantedBug bug) {
    if (bug.seed() > 0) {
      assertThat(finds(bug, bug.seed())).as("seed %d finds %s", bug.seed(), bug).isTrue();
    } else {
      assertThat(hunt(bug, 1, SEEDS, true)).as("of %d seeds find %s", SEEDS, bug).isPositive();
    }
  }

  @Test
  void freshSeedsFindEveryPlantedBug() throws Exception {
    int seeds = Integer.getInteger("starling.sim.zoo", 0);
    boolean store = System.getProperty("starling.sim.zoo.store") != null;
    long first = Long.getLong("starling.sim.first", store ? 1 : FRESH);
    ExecutorService pool =
        Executors.newFixedThreadPool(Math.min(2, Runtime.getRuntime().availableProcessors()));
    List<Callable<Integer>> hunts = new ArrayList<>();
    for (PlantedBug bug : seeds == 0 ? new PlantedBug[0] : PlantedBug.values()) {
      hunts.add(() -> hunt(bug, first, seeds, store));
    }
    List<Integer> shares = new ArrayList<>();
    try {
      for (Future<Integer> hunt : pool.invokeAll(hunts)) {
        shares.add(hunt.get());
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(shares).as("found by so many of %d seeds", seeds).doesNotContain(0);
  }

  /** How many of these seeds find the bug; with {@code store} at most one. */
  static int hunt(PlantedBug bug, long first, int seeds, boolean store) {
    int found = 0;
    long earliest = -1;
    for (long seed = first; seed < first + seeds && !(store && found > 0); seed++) {
      if (finds(bug, seed) && goesWell(seed)) {
        found++;
        earliest = earliest < 0 ? seed : earliest;
      }
    }
    System.out.println(
        String.format(
            Locale.ROOT, "%s: found by %d of %d seeds, first %d", bug, found, seeds, earliest));
    return found;
  }

  /** Whether the run of a seed goes wrong in the expected way. */
  static boolean finds(PlantedBug bug, long seed) {
    try {
      var unused = new SwarmRun(seed, plan(seed), bug.wiring(), bug.habits()).run(null);
      return false;
    } catch (AssertionError found) {
      Violation violation = Violation.in(found);
      return violation != null && bug.foundBy(violation);
    }
  }

  /** Whether the same run goes well without the bug, so that it was the bug that was found. */
  private static boolean goesWell(long seed) {
    try {
      var unused = new SwarmRun(seed, plan(seed), SimWiring.PLAIN, ClientBehavior.HONEST).run(null);
      return true;
    } catch (AssertionError failed) {
      return false;
    }
  }

  static SwarmPlan plan(long seed) {
    return SwarmPlan.draw(seed, CHAOS_MILLIS);
  }
}
