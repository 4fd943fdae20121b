package starling.node.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import starling.node.sim.disk.SimDisk;

/**
 * The power goes a thousand times, at random moments of random runs, twenty times for each store:
 * while it opens, works or rests, now and then after kills. {@code -Dstarling.storage.rounds=N}
 * tries N thousand, {@code -Dstarling.storage.first=S} begins with another seed.
 */
class StoragePowerLossTest {
  private static final int ROUNDS = Integer.getInteger("starling.storage.rounds", 1);
  private static final long FIRST = Long.getLong("starling.storage.first", 1);
  private static final int STORES = 50;
  private static final int LOSSES = 20;
  private static final long MILLI = 1_000_000;

  @Test
  void aThousandLossesOfPowerLoseNothingThatWasPromised() throws Exception {
    long acknowledged = 0;
    long compactions = 0;
    for (long seed = FIRST; seed < FIRST + (long) ROUNDS * STORES; seed++) {
      RecordedRun run = lose(seed);
      acknowledged += run.ledger.acknowledged();
      compactions += run.compactions;
    }
    assertThat(acknowledged).isGreaterThan(10_000L * ROUNDS);
    assertThat(compactions).isGreaterThan(100L * ROUNDS);
  }

  private static RecordedRun lose(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    long scrubNanos = random.nextBoolean() ? 0 : 30 * MILLI;
    RecordedRun run = new RecordedRun(seed, new SimDisk(random.split()), scrubNanos);
    int losses = 0;
    try {
      while (losses < LOSSES) {
        if (random.nextInt(3) > 0) {
          boolean before = random.nextBoolean();
          run.disk()
              .failAt(
                  1 + random.nextInt(random.nextBoolean() ? 40 : 400),
                  before ? SimDisk.Fault.STOP : SimDisk.Fault.STOP_MIDWAY);
        }
        try {
          run.begin();
          run.steps(random.nextInt(25));
        } catch (IOException e) {
          if (!run.disk().ended()) {
            throw e;
          }
        }
        if (random.nextInt(4) == 0) {
          run.kill();
        } else {
          run.losePower();
          losses++;
        }
      }
      run.begin();
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError(
          "seed " + seed + " after " + losses + " losses of power: " + e.getMessage(), e);
    }
    return run;
  }
}
