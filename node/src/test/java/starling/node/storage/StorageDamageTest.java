package starling.node.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;

/**
 * Every file of a store, of every format, with a bit flipped or its end cut: opening it either
 * fails with an explanation, or the store serves only what was written and says what may be
 * missing. {@code -Dstarling.storage.rounds=N} flips N thousand bits of larger stores.
 */
class StorageDamageTest {
  private static final int ROUNDS = Integer.getInteger("starling.storage.rounds", 1);
  private static final long FIRST = Long.getLong("starling.storage.first", 1);
  private static final long MILLI = 1_000_000;

  /** What became of the damaged stores. */
  private int told;

  private int unharmed;

  /** A store with hot and cold segments, spare files, runs, metadata and a snapshot. */
  private static RecordedRun store(long seed, int steps, boolean closed) throws IOException {
    RecordedRun run = new RecordedRun(seed, new SimDisk(new SplittableRandom(seed)));
    run.begin();
    run.steps(steps);
    run.rest(1_000 * MILLI);
    if (closed) {
      run.close();
    } else {
      // After a rest the log itself says that everything is durable.
      run.kill();
    }
    return run;
  }

  private static List<String> files(SimDisk disk) {
    List<String> files = new ArrayList<>(disk.files());
    // Second names of the same files, and what no open reads.
    files.removeIf(name -> name.startsWith("backup/"));
    return files;
  }

  @Test
  void noFlippedByteIsServedAndNoneHidesAKeyInSilence() throws Exception {
    for (boolean closed : new boolean[] {true, false}) {
      RecordedRun run = store(FIRST, 22, closed);
      SplittableRandom random = new SplittableRandom(FIRST);
      List<String> files = files(run.disk());
      assertThat(files).as("runs").anyMatch(name -> name.endsWith(".stm"));
      String last = files.stream().filter(name -> name.endsWith(".seg")).reduce((x, y) -> y).get();
      for (String file : files) {
        if (closed || file.startsWith("meta/") || file.equals(last)) {
          byte[] sound = run.disk().bytes(file);
          for (int at = 0; at < sound.length; at++) {
            if (matters(file, sound, at)) {
              flip(run, file, at, 1 << random.nextInt(8));
            }
          }
        }
      }
    }
    assertThat(told).as("told").isGreaterThan(5_000);
    assertThat(unharmed).as("unharmed").isGreaterThan(1_000);
  }

  @Test
  void noFileThatLostItsEndHidesAKeyInSilence() throws Exception {
    RecordedRun run = store(FIRST, 12, true);
    for (String file : files(run.disk())) {
      byte[] sound = run.disk().bytes(file);
      for (int length = 0; length < sound.length; length++) {
        if (matters(file, sound, length)) {
          open(run, file, Arrays.copyOf(sound, length), file + " cut at " + length);
        }
      }
    }
    assertThat(told).as("told").isGreaterThan(1_000);
  }

  @Test
  void aThousandFlippedBitsAreNeverServed() throws Exception {
    for (long seed = FIRST; seed < FIRST + 20L * ROUNDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      RecordedRun run = store(seed, 60 + random.nextInt(60), random.nextBoolean());
      List<String> files = files(run.disk());
      for (int flips = 0; flips < 50; flips++) {
        String file = files.get(random.nextInt(files.size()));
        int at = random.nextInt(run.disk().bytes(file).length);
        flip(run, file, at, 1 << random.nextInt(8));
      }
    }
    assertThat(told).as("told").isPositive();
  }

  /**
   * Of the sorted tables, which are mostly what fills their pages up and are checked as a whole,
   * the short form takes what is not zero, and a part of the rest.
   */
  private static boolean matters(String file, byte[] bytes, int at) {
    return ROUNDS > 1 || !file.endsWith(".stm") || at % 61 == 0 || (bytes[at] != 0 && at % 3 == 0);
  }

  private void flip(RecordedRun run, String file, int at, int bits) throws IOException {
    byte[] bytes = run.disk().bytes(file);
    bytes[at] ^= (byte) bits;
    open(run, file, bytes, file + " with bits " + bits + " of byte " + at + " flipped");
  }

  /** Opens the store with the file as it is given. */
  private void open(RecordedRun run, String file, byte[] bytes, String what) throws IOException {
    SimDisk copy = run.disk().copy(new SplittableRandom(1));
    copy.replace(file, bytes);
    try {
      StorageLife found = StorageLife.begin(copy, RecordedRun.config(copy));
      run.ledger.checkWhatItTells(found, null, false);
      StorageRecovery recovery = found.storage.recovery();
      boolean tells =
          !recovery.corruptRanges().isEmpty()
              || !recovery.damagedMeta().isEmpty()
              || recovery.mayHaveLost()
              || !found.found.isEmpty();
      told += tells ? 1 : 0;
      unharmed += tells ? 0 : 1;
    } catch (StoreRefusedException e) {
      assertThat(e.getMessage()).as("words").isNotBlank();
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError(what + ": " + e.getMessage(), e);
    }
  }
}
