package starling.node.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;
import starling.node.storage.StorageLife.Outcome;

/**
 * A recorded run is stopped at each of its disk operations, the store opened again, and compared
 * with what was acknowledged: that must be there, and nothing that was never appended.
 */
class LogCrashTest {
  private static final int KEYS = 9;

  /** What was asked of one key, in order. */
  private static final class History {
    final List<String> sets = new ArrayList<>();
    final List<Durability> durabilities = new ArrayList<>();
    final List<Outcome> outcomes = new ArrayList<>();

    /** The last acknowledged index; with {@code durability} given, acknowledged in that mode. */
    int lastDone(boolean syncedOnly) {
      int last = -1;
      for (int i = 0; i < sets.size(); i++) {
        if (outcomes.get(i).done() && (!syncedOnly || durabilities.get(i) == Durability.SYNCED)) {
          last = i;
        }
      }
      return last;
    }
  }

  /**
   * The recorded run: several processes with appends and saves on one disk, and what became of
   * each.
   */
  private static final class Run {
    final TreeMap<Integer, History> keys = new TreeMap<>();
    final History meta = new History();
    private final SplittableRandom random;
    private int number;

    Run(long seed) {
      random = new SplittableRandom(seed);
    }

    void live(SimDisk disk, int steps) throws IOException {
      StorageLife life = StorageLife.begin(disk, config(disk));
      for (int i = 0; i < steps && !disk.ended(); i++) {
        step(life);
      }
      if (random.nextBoolean()) {
        life.loop.run(random.nextInt(20_000_000));
      }
    }

    private void step(StorageLife life) {
      int burst = 1 + random.nextInt(6);
      for (int i = 0; i < burst; i++) {
        int key = random.nextInt(KEYS);
        Durability durability = random.nextInt(3) > 0 ? Durability.SYNCED : Durability.REPLICATED;
        String set = "set" + number++ + "-" + "x".repeat(random.nextInt(600));
        Outcome outcome = life.append(StorageLife.key(key), set, durability);
        record(keys.computeIfAbsent(key, k -> new History()), set, durability, outcome);
      }
      if (random.nextInt(8) == 0) {
        String value = "meta" + number++;
        record(meta, value, Durability.SYNCED, life.saveMeta("lease", value));
      }
      life.loop.run(random.nextInt(3_000_000));
    }

    private static void record(
        History history, String set, Durability durability, Outcome outcome) {
      if (outcome.taken) {
        history.sets.add(set);
        history.durabilities.add(durability);
        history.outcomes.add(outcome);
      }
    }

    /** Opens what is left and compares; ends that process cleanly. */
    void check(SimDisk disk, boolean powerLost) throws IOException {
      StorageLife life = StorageLife.begin(disk, config(disk));
      StorageRecovery recovery = life.storage.recovery();
      assertThat(recovery.corruptRanges()).isEmpty();
      assertThat(recovery.damagedMeta()).isEmpty();
      keys.forEach(
          (key, history) -> {
            String found = life.get(StorageLife.key(key));
            int index = found == null ? -1 : history.sets.indexOf(found);
            if (found != null) {
              assertThat(index).as("a set that was appended").isNotNegative();
            }
            assertThat(index)
                .as("synced and acknowledged")
                .isGreaterThanOrEqualTo(history.lastDone(true));
            if (!powerLost || !recovery.mayHaveLost()) {
              assertThat(index)
                  .as("acknowledged, power lost: %s", powerLost)
                  .isGreaterThanOrEqualTo(history.lastDone(false));
            }
          });
      String lease = life.meta("lease");
      int index = lease == null ? -1 : meta.sets.indexOf(lease);
      assertThat(lease == null || index >= 0).isTrue();
      assertThat(index).isGreaterThanOrEqualTo(meta.lastDone(false));
      life.close();
      assertThat(life.failures).isEmpty();
    }

    private static StorageConfig config(SimDisk disk) {
      return StorageLife.config(disk).with(draft -> draft.segmentBytes = 8192);
    }
  }

  @Test
  void whateverOperationIsTheLastNothingSyncedIsLostAndNothingAppears() throws Exception {
    int points = 0;
    for (SimDisk.Fault fault : List.of(SimDisk.Fault.STOP, SimDisk.Fault.STOP_MIDWAY)) {
      for (boolean powerLoss : new boolean[] {true, false}) {
        boolean hit = true;
        for (int n = 1; hit; n++) {
          for (int chance = 0; chance < (powerLoss ? 8 : 1); chance++) {
            hit = stopAt(n, fault, powerLoss, 1_000L * chance + n);
            points++;
          }
        }
      }
    }
    assertThat(points).isGreaterThan(2_000);
  }

  /** Whether the run was long enough to be stopped there. */
  private static boolean stopAt(int n, SimDisk.Fault fault, boolean powerLoss, long chance)
      throws IOException {
    Run run = new Run(4);
    SimDisk disk = new SimDisk(new SplittableRandom(chance));
    disk.failAt(n, fault);
    try {
      try {
        run.live(disk, 40);
      } catch (IOException e) {
        assertThat(disk.ended()).as("stopped while opening").isTrue();
      }
      boolean hit = disk.ended();
      run.check(powerLoss ? disk.afterPowerLoss() : disk.afterKill(), powerLoss);
      return hit;
    } catch (AssertionError e) {
      throw new AssertionError(
          "stopped at " + n + " by " + fault + ", power loss " + powerLoss + ", seed " + chance, e);
    }
  }

  @Test
  void aRecoveryThatIsStoppedItselfLosesNothing() throws Exception {
    for (int seed = 0; seed < 150; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Run run = new Run(seed);
      SimDisk disk = new SimDisk(random.split());
      boolean powerLost = false;
      try {
        for (int life = 0; life < 6; life++) {
          disk.failAt(1 + random.nextInt(60), SimDisk.Fault.STOP_MIDWAY);
          try {
            run.live(disk, 12);
          } catch (IOException e) {
            assertThat(disk.ended()).isTrue();
          }
          boolean power = random.nextBoolean();
          powerLost |= power;
          disk = power ? disk.afterPowerLoss() : disk.afterKill();
        }
        run.check(disk, powerLost);
      } catch (AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void anErrorAtAnyOperationIsFinalAndNothingAcknowledgedIsLost() throws Exception {
    for (SimDisk.Fault fault : List.of(SimDisk.Fault.EIO, SimDisk.Fault.ENOSPC)) {
      for (int n = 1; n < 150; n++) {
        Run run = new Run(5);
        SimDisk disk = new SimDisk(new SplittableRandom(n));
        disk.failAt(n, fault);
        try {
          try {
            run.live(disk, 40);
          } catch (IOException e) {
            assertThat(e).hasMessageContaining("simulated");
          }
          run.check(disk.afterPowerLoss(), true);
        } catch (AssertionError e) {
          throw new AssertionError(fault + " at " + n, e);
        }
      }
    }
  }
}
