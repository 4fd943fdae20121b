package starling.node.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AnswerTimesTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000_000_000;

  @Test
  void fewAnswersSayNothing() {
    AnswerTimes times = new AnswerTimes(0);
    for (int i = 0; i < 15; i++) {
      times.add(MILLI, i);
    }
    assertThat(times.known()).isFalse();
    assertThat(times.high()).isZero();
    times.add(MILLI, 15);
    assertThat(times.known()).isTrue();
  }

  @Test
  void theQuantileIsTheTrueOneOrUpToAQuarterAbove() {
    long seed = 20261121;
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      AnswerTimes times = new AnswerTimes(0);
      int count = 16 * (1 + random.nextInt(100));
      long[] took = new long[count];
      double spread = random.nextDouble() * 3;
      for (int i = 0; i < count; i++) {
        took[i] = (long) (100_000 * Math.exp(spread * Math.abs(random.nextGaussian())));
        times.add(took[i], 0);
      }
      Arrays.sort(took);
      long high = took[count - count / 100 - 1];
      assertThat(times.high()).as("seed %d", seed).isBetween(high, high + high / 4 + 1);
    }
  }

  @Test
  void extremesAreCountedToo() {
    AnswerTimes times = new AnswerTimes(0);
    for (long nanos : new long[] {-1, 0, 1, Long.MAX_VALUE}) {
      for (int i = 0; i < 16; i++) {
        times.add(nanos, 0);
      }
    }
    assertThat(times.known()).isTrue();
    assertThat(times.high()).isGreaterThan(10 * SECOND);
  }

  @Test
  void aNodeThatHasBecomeSlowIsKnownToBeWithinAHundredAnswers() {
    AnswerTimes times = new AnswerTimes(0);
    long now = 0;
    for (int i = 0; i < 10_000; i++) {
      times.add(MILLI, now += MILLI);
    }
    assertThat(times.high()).isLessThan(2 * MILLI);
    for (int i = 0; i < 100; i++) {
      times.add(80 * MILLI, now += MILLI);
    }
    assertThat(times.high()).isGreaterThanOrEqualTo(80 * MILLI);
  }

  @Test
  void aFewSlowAnswersAreSeenAtOnceAndForgivenInSomeSeconds() {
    AnswerTimes times = new AnswerTimes(0);
    long now = 0;
    for (int i = 0; i < 10_000; i++) {
      times.add(MILLI, now += MILLI);
    }
    assertThat(times.lately(now)).isBetween(MILLI - 10, MILLI);
    for (int i = 0; i < 4; i++) {
      times.add(80 * MILLI, now += MILLI);
    }
    assertThat(times.lately(now)).isGreaterThan(20 * MILLI);
    assertThat(times.lately(now + 5 * SECOND)).isLessThan(2 * MILLI);
    assertThat(times.lately(now + 1_000 * SECOND)).isZero();
  }

  @Test
  void oneThatIsQuickAgainIsForgivenAndOneThatIsSilentForgotten() {
    AnswerTimes times = new AnswerTimes(0);
    long now = 0;
    for (int i = 0; i < 1_000; i++) {
      times.add(80 * MILLI, now += MILLI);
    }
    for (int i = 0; i < 60_000; i++) {
      times.add(MILLI, now += MILLI);
    }
    assertThat(times.high()).isLessThan(2 * MILLI);
    times.age(now + 200 * SECOND);
    assertThat(times.known()).isFalse();
  }
}
