package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.coordinator.ConcurrencyLimit.Decision;

class AdmissionTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  private long now;

  /** A whole measurement: ten waits of this length. */
  private void waits(ConcurrencyLimit admission, int underWay, long nanos) {
    for (int i = 0; i < 10; i++) {
      now += 10 * MILLI + nanos;
      admission.onWait(nanos, underWay, now);
    }
  }

  /** Work waits so long until the node takes that for an overload and cuts once. */
  private void untilCut(ConcurrencyLimit admission, int underWay, long nanos) {
    int before = admission.limit(0, now);
    while (admission.limit(0, now) == before) {
      assertThat(admission.judge(underWay, now)).isEqualTo(Decision.TAKEN);
      waits(admission, underWay, nanos);
    }
  }

  @Test
  void anIdleNodeTakesAsManyAsItWasAllowed() {
    ConcurrencyLimit admission = new ConcurrencyLimit(4, 100, 10 * MILLI, now);
    assertThat(admission.judge(99, now)).isEqualTo(Decision.TAKEN);
    assertThat(admission.judge(100, now)).isEqualTo(Decision.FULL);
  }

  @Test
  void whileWorkWaitsTooLongFewerAreLetInButNeverTooFew() {
    ConcurrencyLimit admission = new ConcurrencyLimit(4, 1_000, 10 * MILLI, now);
    untilCut(admission, 200, 12 * MILLI);
    assertThat(admission.limit(0, now)).isLessThan(200).isGreaterThan(100);
    assertThat(admission.judge(200, now)).isEqualTo(Decision.BUSY);
    for (int i = 0; i < 100; i++) {
      assertThat(admission.judge(3, now)).isEqualTo(Decision.TAKEN);
      waits(admission, 3, 50 * MILLI);
    }
    assertThat(admission.limit(0, now)).isEqualTo(4);
  }

  @Test
  void aQueueThatFitsTheTimeOutChangesNothing() {
    ConcurrencyLimit admission = new ConcurrencyLimit(4, 1_000, 10 * MILLI, now);
    long begun = now;
    while (now - begun < ConcurrencyLimit.BURST_NANOS - 200 * MILLI) {
      assertThat(admission.judge(999, now)).isEqualTo(Decision.TAKEN);
      waits(admission, 999, 10 * MILLI + 1);
    }
    assertThat(admission.limit(0, now)).isEqualTo(1_000);
  }

  @Test
  void burstsThatDrainAreNotAddedUp() {
    ConcurrencyLimit admission = new ConcurrencyLimit(4, 1_000, 10 * MILLI, now);
    for (int burst = 0; burst < 20; burst++) {
      for (int i = 0; i < 5; i++) {
        assertThat(admission.judge(999, now)).isEqualTo(Decision.TAKEN);
        waits(admission, 999, 20 * MILLI);
      }
      admission.onDrained();
      now += 50 * MILLI;
    }
    assertThat(admission.limit(0, now)).isEqualTo(1_000);
  }

  @Test
  void anIdleNodeForgetsThatItWasOverloaded() {
    ConcurrencyLimit admission = new ConcurrencyLimit(64, 4_096, 10 * MILLI, now);
    untilCut(admission, 2_000, 80 * MILLI);
    for (int i = 0; i < 20; i++) {
      assertThat(admission.judge(0, now)).isEqualTo(Decision.TAKEN);
      waits(admission, 2_000, 80 * MILLI);
      admission.onAnswer(2 * SECOND, 64, now);
    }
    assertThat(admission.limit(0, now)).isEqualTo(64);
    assertThat(admission.strained(now)).isTrue();
    assertThat(admission.judgeTime(64, SECOND, now)).isEqualTo(Decision.TOO_LATE);
    // Nothing comes, so nothing is measured.
    now += ConcurrencyLimit.QUIET_NANOS + 1;
    assertThat(admission.strained(now)).isFalse();
    assertThat(admission.waitNanos(now)).isZero();
    for (int underWay = 0; underWay < 1_000; underWay++) {
      assertThat(admission.judge(underWay, now)).isEqualTo(Decision.TAKEN);
      assertThat(admission.judgeTime(underWay, SECOND, now)).isEqualTo(Decision.TAKEN);
    }
    assertThat(admission.limit(0, now)).isEqualTo(4_096);
  }

  @Test
  void aQueueThatDrainsWhileNobodyComesDoesNotCutToTheLeast() {
    ConcurrencyLimit admission = new ConcurrencyLimit(4, 1_000, 10 * MILLI, now);
    untilCut(admission, 800, 20 * MILLI);
    int cut = admission.limit(0, now);
    waits(admission, 700, 20 * MILLI);
    assertThat(admission.limit(0, now)).isBetween(cut / 4, cut);
  }

  @Test
  void aPauseOfTheProcessIsNoQuietTime() {
    ConcurrencyLimit admission = new ConcurrencyLimit(64, 4_096, 10 * MILLI, now);
    untilCut(admission, 1_000, 80 * MILLI);
    for (int i = 0; i < 20; i++) {
      waits(admission, 64, 80 * MILLI);
    }
    now += 5 * SECOND;
    // What arrived meanwhile: answers first, then requests.
    for (int underWay = 64; underWay > 0; underWay--) {
      admission.onAnswer(5 * SECOND, underWay, now);
    }
    assertThat(admission.limit(0, now)).isEqualTo(64);
  }

  @Test
  void aLimitThatIsNearlyReachedGrowsWhileNobodyWaits() {
    ConcurrencyLimit admission = new ConcurrencyLimit(64, 4_096, 10 * MILLI, now);
    untilCut(admission, 1_000, 80 * MILLI);
    for (int i = 0; i < 20; i++) {
      waits(admission, 64, 80 * MILLI);
    }
    for (int i = 0; i < 30; i++) {
      assertThat(admission.judge(50, now)).isEqualTo(Decision.TAKEN);
      waits(admission, 50, 0);
    }
    assertThat(admission.judge(250, now)).isEqualTo(Decision.TAKEN);
  }

  @Test
  void anOverloadIsNotForgottenWhileRequestsAreRefused() {
    ConcurrencyLimit admission = new ConcurrencyLimit(64, 4_096, 10 * MILLI, now);
    untilCut(admission, 1_000, 80 * MILLI);
    for (int i = 0; i < 100; i++) {
      assertThat(admission.judge(1_000, now)).isEqualTo(Decision.BUSY);
      waits(admission, 1_000, 11 * MILLI);
    }
    assertThat(admission.limit(0, now)).isLessThan(100);
  }

  @Test
  void theLimitGrowsWhileRequestsAreRefused() {
    ConcurrencyLimit admission = new ConcurrencyLimit(4, 1_000, 10 * MILLI, now);
    untilCut(admission, 100, 20 * MILLI);
    waits(admission, 0, 0);
    waits(admission, 0, 0);
    int cut = admission.limit(0, now);
    waits(admission, 0, 0);
    assertThat(admission.limit(0, now)).isEqualTo(cut);
    for (int i = 0; i < 100; i++) {
      assertThat(admission.judge(admission.limit(0, now), now)).isNotEqualTo(Decision.TAKEN);
      waits(admission, 0, 0);
    }
    assertThat(admission.limit(0, now)).isEqualTo(1_000);
  }

  @Test
  void onePauseIsNotTakenForLoad() {
    ConcurrencyLimit admission = new ConcurrencyLimit(4, 1_000, 10 * MILLI, now);
    assertThat(admission.judge(500, now)).isEqualTo(Decision.TAKEN);
    now += 5_000 * MILLI;
    admission.onWait(5_000 * MILLI, 500, now);
    for (int i = 0; i < 9; i++) {
      admission.onWait(0, 500, now);
    }
    assertThat(admission.limit(0, now)).isEqualTo(1_000);
  }

  @Test
  void whoWaitsForLessThanAnsweringTakesIsToldAtOnce() {
    ConcurrencyLimit admission = new ConcurrencyLimit(4, 1_000, 10 * MILLI, now);
    for (int i = 0; i < 1_000; i++) {
      admission.onAnswer(80 * MILLI, 1, now);
    }
    assertThat(admission.judgeTime(10, 50 * MILLI, now)).isEqualTo(Decision.TOO_LATE);
    assertThat(admission.judgeTime(10, 100 * MILLI, now)).isEqualTo(Decision.TAKEN);
    // Only those that are tried can show that it has become quicker.
    assertThat(admission.judgeTime(3, 50 * MILLI, now)).isEqualTo(Decision.TAKEN);
  }

  @Test
  void strainIsFeltBeforeRequestsAreRefused() {
    ConcurrencyLimit admission = new ConcurrencyLimit(4, 1_000, 10 * MILLI, now);
    assertThat(admission.strained(now)).isFalse();
    waits(admission, 0, 6 * MILLI);
    assertThat(admission.strained(now)).isTrue();
    assertThat(admission.limit(0, now)).isEqualTo(1_000);
    waits(admission, 0, 1 * MILLI);
    assertThat(admission.strained(now)).isFalse();
  }

  /**
   * A server of one thread that needs 100 us for each request and 10 us to refuse one, in steps of
   * a millisecond.
   */
  private final class Server {
    final ConcurrencyLimit admission = new ConcurrencyLimit(64, 4_096, 10 * MILLI, now);
    double refusing;
    double spare;
    int queued;
    int answered;
    int refused;
    long worstWait;
    long probedNanos;

    void step(int arrivals) {
      now += MILLI;
      for (int i = 0; i < arrivals; i++) {
        if (admission.judge(queued, now) == Decision.TAKEN) {
          queued++;
        } else {
          refused++;
          refusing += 10_000;
        }
      }
      double spent = Math.min(MILLI, refusing);
      refusing -= spent;
      spare += MILLI - spent;
      int done = (int) Math.min(queued, spare / 100_000);
      spare = queued > done ? spare - done * 100_000 : 0;
      queued -= done;
      answered += done;
      if (done > 0 && queued == 0) {
        admission.onDrained();
      }
      worstWait = Math.max(worstWait, queued * 100_000L);
      // As the node does: while requests are under way, and as late as the others wait.
      if (queued > 0 && now - probedNanos >= 10 * MILLI + queued * 100_000L) {
        admission.onWait(queued * 100_000L, queued, now);
        probedNanos = now;
      }
    }

    void steps(int millis, int arrivals) {
      for (int i = 0; i < millis; i++) {
        step(arrivals);
      }
    }
  }

  @Test
  void threeTimesTheCapacityIsAnsweredAtFourFifthsOfItOrMore() {
    Server server = new Server();
    server.steps(10_000, 30);
    server.answered = 0;
    server.worstWait = 0;
    server.steps(10_000, 30);
    // Refusing the others takes more than a fifth of the time; all else must be of use.
    assertThat(server.answered).isGreaterThan((int) (0.75 * 10 * 10_000));
    assertThat(server.worstWait).isLessThan(40 * MILLI);
  }

  @Test
  void aBurstOfAThousandIsAnsweredWhateverCameBefore() {
    Server server = new Server();
    server.steps(10_000, 30);
    assertThat(server.refused).isPositive();
    server.steps(2_000, 0);
    for (int burst = 0; burst < 5; burst++) {
      server.refused = 0;
      server.answered = 0;
      // Their connections are taken one after the other while the first are answered.
      server.steps(20, 50);
      server.steps(300, 0);
      assertThat(server.refused).as("refused of burst " + burst).isZero();
      assertThat(server.answered).isEqualTo(1_000);
    }
  }
}
