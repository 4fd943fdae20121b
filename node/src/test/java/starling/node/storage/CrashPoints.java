package starling.node.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import starling.node.sim.disk.SimDisk;

/**
 * Each changing disk operation of a recorded run as a crash point: the process or the machine stops
 * before it or in its middle, on a fork of the disk, where the store is opened and compared with
 * what the run was promised by then. After an operation is before the next one. Now and then the
 * recovery is stopped as well, and some of the stores go on for a while after it.
 */
final class CrashPoints implements SimDisk.Witness {
  private static final long MILLI = 1_000_000;

  /** The number of a point whose recovery is to be shown, operation by operation. */
  private static final int TRACED = Integer.getInteger("starling.storage.point", -1);

  private final long seed;
  private final int chances;
  private final RecordedRun run;
  private final int every;
  private int operations;
  private int points;

  /** The first; a throw would only look like a broken disk to the store that runs. */
  private @Nullable AssertionError wrong;

  /**
   * @param chances how many of the things that the loss of power may leave are tried at each point
   * @param every only each so many'th operation is a crash point
   */
  CrashPoints(long seed, SimDisk disk, int chances, int every) {
    this.seed = seed;
    this.chances = chances;
    this.every = every;
    this.run = new RecordedRun(seed, disk);
  }

  int points() {
    return points;
  }

  RecordedRun run() {
    return run;
  }

  /** Four lives that end in every way; throws what a crash point showed. */
  void record(int steps) throws IOException {
    live(steps);
    run.kill();
    live(steps / 2);
    run.close();
    live(steps / 2);
    run.losePower();
    live(steps / 2);
    run.kill();
    run.disk().witness(this);
    run.begin();
    throwWrong();
  }

  private void live(int steps) throws IOException {
    run.disk().witness(this);
    run.begin();
    run.steps(steps);
    throwWrong();
    assertThat(run.failures()).isEmpty();
  }

  private void throwWrong() {
    if (wrong != null) {
      throw wrong;
    }
  }

  @Override
  public void before(SimDisk.CrashPoint point) {
    if (wrong != null || ++operations % every != 0) {
      return;
    }
    tryAt(point, false, false, 0);
    tryAt(point, true, false, 0);
    for (int chance = 0; chance < chances; chance++) {
      tryAt(point, false, true, chance);
      tryAt(point, true, true, chance);
    }
  }

  private void tryAt(SimDisk.CrashPoint point, boolean midway, boolean power, int chance) {
    if (wrong != null) {
      return;
    }
    points++;
    long salt = ((operations * 2L + (midway ? 1 : 0)) * 2 + (power ? 1 : 0)) * 1_000 + chance;
    SplittableRandom random = new SplittableRandom(seed ^ salt * 0x9e3779b97f4a7c15L);
    StorageLife before = run.life;
    try {
      SimDisk disk = midway ? point.midway(random.split()) : point.before(random.split());
      disk = power ? disk.afterPowerLoss() : disk.afterKill();
      boolean powerLost = power;
      trace(disk);
      if (points % 5 == 0) {
        // Stopped again, somewhere in the recovery.
        disk.failAt(1 + random.nextInt(40), SimDisk.Fault.STOP_MIDWAY);
        boolean again = random.nextBoolean();
        try {
          StorageLife unused = StorageLife.begin(disk, RecordedRun.config(disk));
        } catch (IOException e) {
          if (!disk.ended()) {
            throw e;
          }
        }
        powerLost |= again;
        disk = again ? disk.afterPowerLoss() : disk.afterKill();
        trace(disk);
      }
      look(disk, before, powerLost, points % 4 == 0);
    } catch (AssertionError | RuntimeException | IOException e) {
      wrong =
          new AssertionError(
              "seed "
                  + seed
                  + ", "
                  + (midway ? "in the middle of " : "before ")
                  + point
                  + (power ? ", power lost, chance " + chance : ", killed")
                  + ", point "
                  + points
                  + ": "
                  + e.getMessage(),
              e);
    }
  }

  private void trace(SimDisk disk) {
    if (points == TRACED) {
      System.out.println("opened with " + disk.files());
      disk.witness(System.out::println);
    }
  }

  private void look(SimDisk disk, @Nullable StorageLife before, boolean power, boolean goOn)
      throws IOException {
    StorageLife found = StorageLife.begin(disk, RecordedRun.config(disk));
    run.ledger.check(found, before, power);
    if (goOn) {
      // What maintenance makes of it, and one more opening, must show the same.
      found.loop.run(200 * MILLI);
      run.ledger.check(found, before, power);
      SimDisk next = disk.afterKill();
      run.ledger.check(StorageLife.begin(next, RecordedRun.config(next)), before, power);
    }
  }
}
