package starling.node.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;

/**
 * The n-th change of the disk fails, or the n-th read, for each n of a recorded run. What was
 * acknowledged before or after is there in the next life, whether the process or the machine dies,
 * and nothing is acknowledged once the store has failed.
 */
class StorageFaultTest {
  private static final long SEED = Long.getLong("starling.storage.first", 1);
  private static final int STEPS = 15;
  private static final long MILLI = 1_000_000;

  /** Two processes of a run, one of which meets a fault. */
  private static final class Faulty {
    final SimDisk disk;
    final RecordedRun run;
    private boolean opened;

    /** The first process of a store, or one after a sound one. */
    static Faulty before(boolean second, long chance) throws IOException {
      SimDisk disk = new SimDisk(new SplittableRandom(chance));
      RecordedRun run = new RecordedRun(SEED, disk);
      if (second) {
        run.begin();
        run.steps(STEPS);
        run.kill();
      }
      return new Faulty(run.disk(), run);
    }

    private Faulty(SimDisk disk, RecordedRun run) {
      this.disk = disk;
      this.run = run;
    }

    void live() throws IOException {
      try {
        run.begin();
        opened = true;
      } catch (IOException e) {
        assertThat(e).as("rejected with an explanation").hasMessageContaining("simulated");
        return;
      }
      run.steps(STEPS);
      run.rest(500 * MILLI);
    }
  }

  @Test
  void nothingAcknowledgedIsLostWhicheverChangeOfTheDiskFails() throws Exception {
    for (SimDisk.Fault fault : List.of(SimDisk.Fault.EIO, SimDisk.Fault.ENOSPC)) {
      for (boolean second : new boolean[] {false, true}) {
        long n = 1;
        while (meets(second, fault, n)) {
          n++;
        }
        assertThat(n).as("operations").isGreaterThan(500);
      }
    }
  }

  /** Whether the process ran long enough to meet the fault. */
  private static boolean meets(boolean second, SimDisk.Fault fault, long n) throws IOException {
    Faulty faulty = Faulty.before(second, n);
    faulty.disk.failAt(n, fault);
    try {
      faulty.live();
      List<StorageFailure> failures = faulty.run.failures();
      if (fault == SimDisk.Fault.ENOSPC) {
        assertThat(failures).noneMatch(failure -> failure.reason().contains("no space left"));
      }
      if (faulty.opened && failures.isEmpty() && faulty.disk.operations() >= n) {
        assertThat(faulty.run.takes()).as("takes appends again").isTrue();
      }
      check(faulty, false);
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError(
          "%s at operation %d, second life: %s: %s".formatted(fault, n, second, e.getMessage()), e);
    }
    return faulty.disk.operations() >= n;
  }

  /** A process without free descriptors: what it opens next fails, for a while. */
  @Test
  void noOpenThatFailsForAWhileEndsTheLog() throws Exception {
    for (int times : new int[] {1, 12}) {
      for (boolean second : new boolean[] {false, true}) {
        long n = 1;
        while (opensFail(second, n, times)) {
          n += 2 + times;
        }
        assertThat(n).as("opens").isGreaterThan(200);
      }
    }
  }

  /** Whether the process ran long enough to meet the fault. */
  private static boolean opensFail(boolean second, long n, int times) throws IOException {
    Faulty faulty = Faulty.before(second, n);
    faulty.disk.failOpensAt(n, times);
    try {
      faulty.live();
      assertThat(faulty.run.failures()).as("the store goes on").isEmpty();
      if (faulty.opened) {
        faulty.run.rest(1_600 * MILLI * times);
        assertThat(faulty.run.takes()).as("takes appends again").isTrue();
        assertThat(faulty.run.stalls())
            .as("told when it waits and when it goes on")
            .satisfies(
                told -> {
                  for (int i = 0; i < told.size(); i++) {
                    assertThat(told.get(i) == null).isEqualTo(i % 2 == 1);
                  }
                  assertThat(told.size() % 2).isZero();
                });
      }
      check(faulty, false);
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError(
          "%d opens from %d, second life: %s: %s".formatted(times, n, second, e.getMessage()), e);
    }
    return faulty.disk.opens() >= n;
  }

  @Test
  void noReadThatFailsOnceCountsAsDamage() throws Exception {
    for (boolean second : new boolean[] {false, true}) {
      long n = 1;
      while (readsFail(second, n, 1)) {
        n++;
      }
      assertThat(n).as("reads").isGreaterThan(200);
    }
  }

  @Test
  void nothingIsMissingInSilenceWhicheverReadsFail() throws Exception {
    for (boolean second : new boolean[] {false, true}) {
      long n = 1;
      while (readsFail(second, n, 20)) {
        n += 5;
      }
      assertThat(n).as("reads").isGreaterThan(200);
    }
  }

  /** Whether the process ran long enough to meet the fault. */
  private static boolean readsFail(boolean second, long n, long times) throws IOException {
    Faulty faulty = Faulty.before(second, n);
    faulty.disk.failReadsAt(n, times);
    boolean lasting = times > 1;
    if (lasting) {
      faulty.run.readsMayFail();
    }
    try {
      faulty.live();
      if (!lasting) {
        assertThat(faulty.run.failures()).as("the store goes on").isEmpty();
      }
      check(faulty, lasting);
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError(
          "read %d, second life: %s: %s".formatted(n, second, e.getMessage()), e);
    }
    return faulty.disk.reads() >= n;
  }

  private static void check(Faulty faulty, boolean tells) throws IOException {
    SimDisk disk = faulty.disk;
    for (boolean power : new boolean[] {false, true}) {
      SimDisk fork = disk.fork(new SplittableRandom(disk.operations()));
      SimDisk left = power ? fork.afterPowerLoss() : fork.afterKill();
      StorageLife found = StorageLife.begin(left, RecordedRun.config(left));
      faulty.run.ledger.fsyncsFailed();
      if (tells) {
        faulty.run.ledger.checkWhatItTells(found, faulty.run.life, power);
      } else {
        faulty.run.ledger.check(found, faulty.run.life, power);
      }
    }
  }
}
