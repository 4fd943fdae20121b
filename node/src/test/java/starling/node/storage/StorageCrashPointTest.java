package starling.node.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;

/**
 * A recorded run is stopped at each of its disk operations, by a kill and by the loss of power.
 * {@code -Dstarling.storage.rounds=N} records N runs, {@code -Dstarling.storage.first=S} begins
 * with another seed.
 */
class StorageCrashPointTest {
  private static final int ROUNDS = Integer.getInteger("starling.storage.rounds", 1);
  private static final long FIRST = Long.getLong("starling.storage.first", 1);
  private static final int STEPS = 50;

  /** What power loss may leave is tried so often at each point. */
  private static final int CHANCES = ROUNDS == 1 ? 1 : 3;

  @Test
  void whateverOperationIsTheLastNothingPromisedIsLostAndNothingAppears() throws Exception {
    for (long seed = FIRST; seed < FIRST + ROUNDS; seed++) {
      SimDisk disk = new SimDisk(new SplittableRandom(seed));
      CrashPoints crashes = new CrashPoints(seed, disk, CHANCES, 1);
      crashes.record(STEPS);
      RecordedRun run = crashes.run();
      assertThat(crashes.points()).as("crash points").isGreaterThan(10_000);
      assertThat(run.flushes).as("flushes").isGreaterThan(5);
      assertThat(run.merges).as("merges").isGreaterThan(5);
      assertThat(run.compactions).as("compactions").isGreaterThan(5);
    }
  }

  @Test
  void theCheckNoticesADiskThatLies() {
    for (SimDisk.Lie lie : SimDisk.Lie.values()) {
      for (long seed = 1; seed <= 3; seed++) {
        SimDisk disk = new SimDisk(new SplittableRandom(seed));
        disk.lie(lie);
        CrashPoints crashes = new CrashPoints(seed, disk, 1, 3);
        Throwable thrown = catchThrowable(() -> crashes.record(STEPS));
        assertThat(thrown).as("%s, seed %d", lie, seed).isInstanceOf(AssertionError.class);
      }
    }
  }
}
