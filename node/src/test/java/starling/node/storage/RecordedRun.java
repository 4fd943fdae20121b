package starling.node.storage;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import starling.node.sim.disk.SimDisk;

/**
 * A seeded workload over several processes of one store, small in everything, so that within a few
 * hundred appends segments are rolled, compacted and used again, memtables flushed, runs merged,
 * ranges dropped and snapshots made. A third of the appends goes to keys that are written once, so
 * that whatever is lost from the log is missed; the others to a few that are written again and
 * again. The same seed does the same until something fails.
 */
final class RecordedRun {
  private static final long MILLI = 1_000_000;
  private static final int HOT_KEYS = 12;
  private static final int FIRST_ONCE = 100;

  final Ledger ledger = new Ledger();
  private final SplittableRandom random;
  private final long scrubNanos;
  private SimDisk disk;
  private boolean readsFail;
  @Nullable StorageLife life;
  private int number;

  long flushes;
  long merges;
  long compactions;
  long snapshots;
  long drops;

  RecordedRun(long seed, SimDisk disk) {
    this(seed, disk, 0);
  }

  RecordedRun(long seed, SimDisk disk, long scrubNanos) {
    this.random = new SplittableRandom(seed);
    this.disk = disk;
    this.scrubNanos = scrubNanos;
  }

  static StorageConfig config(SimDisk disk) {
    return StorageLife.config(disk)
        .with(
            draft -> {
              draft.segmentBytes = 4096;
              draft.memtableEntries = 14;
              draft.memtableLogBytes = 1 << 20;
              draft.memtableNanos = 60 * MILLI;
              draft.leastLive = 0.85;
              draft.compactionBytesPerSecond = 100 << 20;
              draft.rebuildEntries = 16;
              draft.compression =
                  bucket -> bucket.equals("b1") ? Compression.LZ4 : Compression.NONE;
            });
  }

  /** From here on the store may say that it cannot read something. */
  void readsMayFail() {
    readsFail = true;
  }

  SimDisk disk() {
    return disk;
  }

  /** Goes on with another disk: what a crash has left of the one before. */
  void goesOnWith(SimDisk left) {
    disk = left;
  }

  /** Opens the store and compares it with what it should hold. */
  void begin() throws IOException {
    life = null;
    StorageLife begun =
        StorageLife.begin(disk, config(disk).with(draft -> draft.scrubNanos = scrubNanos));
    life = begun;
    try {
      if (readsFail) {
        ledger.settleWhatItTells(begun);
      } else {
        ledger.settle(begun);
      }
    } catch (AssertionError e) {
      // A disk that ends meanwhile shows nothing more; the next life is looked at instead.
      if (!disk.ended()) {
        throw e;
      }
    }
    if (disk.ended()) {
      throw new IOException("simulated: stopped while the store was looked at");
    }
    if (!readsFail) {
      // Else something may be damaged, and was not repaired.
      begun.handleAll(failure -> {});
    }
  }

  /** Some appends, and now and then something else. */
  void steps(int steps) {
    StorageLife present = present();
    for (int i = 0; i < steps && !disk.ended(); i++) {
      step(present);
    }
  }

  /** Whether an append comes to its end. */
  boolean takes() {
    StorageLife present = present();
    long before = ledger.acknowledged();
    ledger.append(present, FIRST_ONCE - 1, set(100), Durability.SYNCED);
    present.loop.run(10 * MILLI);
    return ledger.acknowledged() > before;
  }

  /** Why the store stopped in this process, if it did. */
  List<StorageFailure> failures() {
    return life == null ? List.of() : life.failures;
  }

  /** What the store told of waiting in this process. */
  List<@Nullable String> stalls() {
    return life == null ? List.of() : life.stalls;
  }

  private StorageLife present() {
    StorageLife present = life;
    if (present == null) {
      throw new IllegalStateException("not begun");
    }
    return present;
  }

  private void step(StorageLife present) {
    int burst = 1 + random.nextInt(6);
    for (int i = 0; i < burst; i++) {
      boolean once = random.nextInt(3) == 0;
      int key = once ? FIRST_ONCE + number : random.nextInt(HOT_KEYS);
      Durability durability = random.nextInt(3) > 0 ? Durability.SYNCED : Durability.REPLICATED;
      ledger.append(present, key, set(random.nextInt(60) == 0 ? 5_000 : 250), durability);
    }
    ledger.look(present, random.nextInt(HOT_KEYS));
    int other = random.nextInt(64);
    if (other < 8) {
      ledger.saveMeta(present, other < 4 ? "lease" : "ring", "meta" + number++ + "-");
    } else if (other < 11) {
      ledger.reap(present, random.nextInt(HOT_KEYS));
    } else if (other == 11) {
      ledger.drop(present, random.nextInt(4));
      drops++;
    } else if (other == 12) {
      present.storage.snapshot(
          "s" + number++,
          failure -> {
            if (failure == null) {
              snapshots++;
            }
          });
    }
    present.loop.run(random.nextInt(random.nextInt(10) == 0 ? 60_000_000 : 3_000_000));
  }

  private String set(int mostBytes) {
    return "set" + number++ + "-" + "x".repeat(random.nextInt(mostBytes));
  }

  void rest(long nanos) {
    present().loop.run(nanos);
  }

  void close() {
    present().close();
    ends(false);
    disk = disk.afterKill();
  }

  void kill() {
    ends(false);
    disk = disk.afterKill();
  }

  void losePower() {
    ends(true);
    disk = disk.afterPowerLoss();
  }

  private void ends(boolean withPower) {
    StorageLife present = life;
    if (present != null) {
      StorageStatistics statistics = present.storage.statistics();
      flushes += statistics.flushes();
      merges += statistics.merges();
      compactions += statistics.compactions();
      if (disk.ended()) {
        // Some time ago, so that the clock does not tell what had been fsynced by then.
        ledger.fsyncsFailed();
      }
      ledger.ends(present, withPower);
      life = null;
    } else {
      ledger.endsWhileOpening(withPower);
    }
  }
}
