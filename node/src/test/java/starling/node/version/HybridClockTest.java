package starling.node.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Counters order; they only grow, whatever clocks and crashes do. */
class HybridClockTest {
  private static final long NOW = 1_795_000_000_000L;
  private static final long DAY = 24 * 3_600_000L;

  private static HybridClock leased(long wallMillis) {
    HybridClock clock = new HybridClock(0, 60_000, 10_000);
    clock.leaseGranted(clock.leaseNeeded(wallMillis));
    return clock;
  }

  /** One counter, with the lease renewed as its owner would. */
  private static long next(HybridClock clock, long floor, long wallMillis) {
    long counter = clock.next(floor, wallMillis);
    if (counter != HybridClock.NO_LEASE) {
      return counter;
    }
    clock.leaseGranted(clock.leaseNeeded(wallMillis));
    return clock.next(floor, wallMillis);
  }

  @Test
  void aCounterIsTheWallTimeWhereThatIsEnough() {
    HybridClock clock = leased(NOW);
    long counter = clock.next(0, NOW);
    assertThat(counter).isEqualTo(NOW << 16);
    assertThat(HybridClock.millisOf(counter)).isEqualTo(NOW);
    assertThat(clock.next(0, NOW)).isEqualTo(counter + 1);
    assertThat(clock.next(0, NOW + 5)).isEqualTo((NOW + 5) << 16);
  }

  @Test
  void aCounterIsAboveTheFloorAndAboveEverythingObserved() {
    HybridClock clock = leased(NOW);
    long floor = (NOW + 1000) << 16;
    assertThat(next(clock, floor, NOW)).isEqualTo(floor + 1);
    clock.observe(floor + 100, NOW);
    assertThat(next(clock, 0, NOW)).isEqualTo(floor + 101);
    clock.observe(floor, NOW);
    assertThat(next(clock, 0, NOW)).isEqualTo(floor + 102);
  }

  @Test
  void noCounterIsGivenThatIsNotBelowADurableLease() {
    HybridClock clock = new HybridClock(0, 60_000, 10_000);
    assertThat(clock.next(0, NOW)).isEqualTo(HybridClock.NO_LEASE);
    long lease = clock.leaseNeeded(NOW);
    assertThat(lease).isEqualTo((NOW + 60_000) << 16);
    assertThat(clock.leaseNeeded(NOW)).as("named once").isZero();
    assertThat(clock.next(0, NOW)).as("not durable yet").isEqualTo(HybridClock.NO_LEASE);
    clock.leaseGranted(lease);
    assertThat(clock.next(0, NOW)).isBetween(1L, lease - 1);
    assertThat(clock.next(lease - 2, NOW)).isEqualTo(lease - 1);
    assertThat(clock.next(0, NOW)).isEqualTo(HybridClock.NO_LEASE);
  }

  @Test
  void theLeaseIsRenewedWhenHalfOfItIsUsed() {
    HybridClock clock = leased(NOW);
    assertThat(clock.leaseNeeded(NOW + 29_000)).isZero();
    long renewed = clock.leaseNeeded(NOW + 31_000);
    assertThat(renewed).isEqualTo((NOW + 91_000) << 16);
    assertThat(clock.next(0, NOW + 32_000)).as("the old one still serves").isPositive();
  }

  @Test
  void countersOnlyGrowThroughCrashesAndClocksThatJump() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      long durable = 0;
      long last = 0;
      HybridClock clock = new HybridClock(0, 60_000, 10_000);
      for (int i = 0; i < 200; i++) {
        long wall = NOW + (long) ((random.nextDouble() - 0.5) * 2 * DAY);
        int dice = random.nextInt(10);
        if (dice == 0) {
          clock = new HybridClock(durable, 60_000, 10_000);
        } else if (dice == 1) {
          clock.observe((wall << 16) + random.nextInt(1000), wall);
        } else if (dice < 4) {
          long lease = clock.leaseNeeded(wall);
          if (lease > 0 && random.nextBoolean()) {
            durable = Math.max(durable, lease);
            clock.leaseGranted(lease);
          } else if (lease > 0) {
            // The write of the lease was lost in a crash.
            clock = new HybridClock(durable, 60_000, 10_000);
          }
        } else {
          long counter = clock.next(0, wall);
          if (counter != HybridClock.NO_LEASE) {
            assertThat(counter).as("seed %d", seed).isGreaterThan(last).isLessThan(durable);
            last = counter;
          }
        }
      }
      assertThat(last).as("seed %d", seed).isPositive();
    }
  }

  @Test
  void aNodeADayBehindOrAheadKeepsTheOrderOfWhatFollowsWhat() {
    HybridClock ahead = leased(NOW + DAY);
    HybridClock right = leased(NOW);
    HybridClock behind = leased(NOW - DAY);
    long first = next(ahead, 0, NOW + DAY);
    long second = next(behind, first, NOW - DAY + 1);
    long third = next(right, second, NOW + 2);
    assertThat(second).isGreaterThan(first);
    assertThat(third).isGreaterThan(second);
    Siblings one = Siblings.EMPTY.write(Past.EMPTY, Sample.version(1, first, "first"));
    Siblings two = one.write(one.past(), Sample.version(2, second, "second"));
    assertThat(Sample.texts(one.join(two))).containsExactly("second");
  }

  @Test
  void aCounterFarAheadIsMergedAndCounted() {
    HybridClock clock = leased(NOW);
    clock.observe((NOW + 9_000) << 16, NOW);
    assertThat(clock.farAhead()).isZero();
    clock.observe((NOW + DAY) << 16, NOW);
    assertThat(clock.farAhead()).isEqualTo(1);
    assertThat(clock.aheadMillis(NOW)).isEqualTo(DAY);
    assertThat(next(clock, 0, NOW)).isGreaterThan((NOW + DAY) << 16);
  }

  @Test
  void aReadingIsAtLeastTheWallTimeAndAllThatWasGivenOrObserved() {
    HybridClock clock = leased(NOW);
    assertThat(clock.reading(NOW)).isEqualTo(NOW << 16);
    assertThat(clock.reading(-1)).as("nothing is known").isZero();
    long given = next(clock, 0, NOW + 5);
    assertThat(clock.reading(NOW)).isEqualTo(given);
    clock.observe(given + 7, NOW);
    assertThat(clock.reading(NOW)).isEqualTo(given + 7);
    HybridClock behind = leased(NOW - DAY);
    behind.observe(clock.reading(NOW), NOW - DAY);
    assertThat(next(behind, 0, NOW - DAY)).isGreaterThan(given + 7);
  }

  @Test
  void framesOfANodeADayAheadCostNoLeaseEach() {
    HybridClock clock = leased(NOW);
    long durable = 0;
    int leases = 0;
    for (int millis = 0; millis < 120_000; millis++) {
      long wall = NOW + millis;
      clock.observe((wall + DAY) << 16, wall);
      if (millis % 50 == 0) {
        long lease = clock.leaseNeeded(wall);
        if (lease != 0) {
          clock.leaseGranted(lease);
          durable = lease;
          leases++;
        }
        assertThat(clock.next(0, wall)).isBetween((wall + DAY) << 16, durable - 1);
      }
    }
    assertThat(leases).as("leases in two minutes").isLessThanOrEqualTo(5);
  }

  @Test
  void afterAPauseOfTheProcessNoPeerCountsAsFarAhead() {
    HybridClock clock = leased(NOW);
    clock.observe((NOW + 120_000) << 16, NOW + 120_000);
    assertThat(clock.farAhead()).isZero();
  }

  @Test
  void aWallClockOutOfAllBoundsDoesNotCount() {
    HybridClock clock = leased(NOW);
    long counter = next(clock, 0, NOW);
    assertThat(next(clock, 0, Long.MAX_VALUE)).isEqualTo(counter + 1);
    assertThat(next(clock, 0, -5)).isEqualTo(counter + 2);
  }

  @Test
  void absurdCountersAreRefusedWithWords() {
    HybridClock clock = leased(NOW);
    assertThatThrownBy(() -> clock.observe(Long.MAX_VALUE, NOW))
        .hasMessageContaining("no clock gives the counter");
    assertThatThrownBy(() -> clock.next(HybridClock.MAX_COUNTER, NOW))
        .hasMessageContaining("year 3000");
    byte[] absurd = SiblingsCodec.encode(Sample.set(1, HybridClock.MAX_COUNTER + 1, "x"));
    assertThatThrownBy(() -> SiblingsCodec.decode(absurd))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("which no clock gives");
  }

  @Test
  void aWriteWithACounterThatIsNotHigherIsAFaultOfItsProgram() {
    Siblings set = Sample.set(1, 10, "a");
    assertThatThrownBy(() -> set.write(Past.EMPTY, Sample.version(2, 10, "b")))
        .hasMessageContaining("not above 10");
    assertThatThrownBy(() -> Siblings.EMPTY.write(set.past(), Sample.version(2, 9, "b")))
        .hasMessageContaining("not above 10");
  }
}
