package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import starling.node.coordinator.Admission.Verdict;

class AdmissionTest {
  private static final long MILLI = 1_000_000;

  private static void waits(Admission admission, long nanos) {
    for (int i = 0; i < 10; i++) {
      admission.onWait(nanos);
    }
  }

  @Test
  void anIdleNodeTakesAsManyAsItWasAllowed() {
    Admission admission = new Admission(4, 100, 10 * MILLI);
    assertThat(admission.judge(99)).isEqualTo(Verdict.TAKEN);
    assertThat(admission.judge(100)).isEqualTo(Verdict.FULL);
  }

  @Test
  void whileWorkWaitsTooLongFewerAreLetInButNeverTooFew() {
    Admission admission = new Admission(4, 1_000, 10 * MILLI);
    assertThat(admission.judge(200)).isEqualTo(Verdict.TAKEN);
    waits(admission, 12 * MILLI);
    assertThat(admission.limit()).isLessThan(200).isGreaterThan(100);
    assertThat(admission.judge(200)).isEqualTo(Verdict.BUSY);
    for (int i = 0; i < 100; i++) {
      assertThat(admission.judge(3)).isEqualTo(Verdict.TAKEN);
      waits(admission, 50 * MILLI);
    }
    assertThat(admission.limit()).isEqualTo(4);
  }

  @Test
  void theLimitGrowsOnlyWhileRequestsAreRefused() {
    Admission admission = new Admission(4, 1_000, 10 * MILLI);
    assertThat(admission.judge(100)).isEqualTo(Verdict.TAKEN);
    waits(admission, 20 * MILLI);
    int cut = admission.limit();
    waits(admission, 0);
    assertThat(admission.limit()).isEqualTo(cut);
    for (int i = 0; i < 100; i++) {
      assertThat(admission.judge(admission.limit())).isNotEqualTo(Verdict.TAKEN);
      waits(admission, 0);
    }
    assertThat(admission.limit()).isEqualTo(1_000);
  }

  @Test
  void onePauseIsNotTakenForLoad() {
    Admission admission = new Admission(4, 1_000, 10 * MILLI);
    assertThat(admission.judge(500)).isEqualTo(Verdict.TAKEN);
    admission.onWait(5_000 * MILLI);
    for (int i = 0; i < 9; i++) {
      admission.onWait(0);
    }
    assertThat(admission.limit()).isEqualTo(1_000);
  }

  @Test
  void whoWaitsForLessThanAnsweringTakesIsToldAtOnce() {
    Admission admission = new Admission(4, 1_000, 10 * MILLI);
    for (int i = 0; i < 1_000; i++) {
      admission.onAnswer(80 * MILLI);
    }
    assertThat(admission.judge(10, 50 * MILLI)).isEqualTo(Verdict.TOO_LATE);
    assertThat(admission.judge(10, 100 * MILLI)).isEqualTo(Verdict.TAKEN);
    // Only those that are tried can show that it has become quicker.
    assertThat(admission.judge(3, 50 * MILLI)).isEqualTo(Verdict.TAKEN);
  }

  @Test
  void strainIsFeltBeforeRequestsAreRefused() {
    Admission admission = new Admission(4, 1_000, 10 * MILLI);
    assertThat(admission.strained()).isFalse();
    waits(admission, 6 * MILLI);
    assertThat(admission.strained()).isTrue();
    assertThat(admission.limit()).isEqualTo(1_000);
    waits(admission, 1 * MILLI);
    assertThat(admission.strained()).isFalse();
  }

  /**
   * A server of one thread that needs 100 us for each request and 10 us to refuse one, offered
   * three times what it can do, in steps of a millisecond.
   */
  @Test
  void threeTimesTheCapacityIsAnsweredAtFourFifthsOfItOrMore() {
    Admission admission = new Admission(16, 4_096, 10 * MILLI);
    double refusing = 0;
    double spare = 0;
    int queued = 0;
    int answered = 0;
    long worstWait = 0;
    double nextProbe = 0;
    int millis = 20_000;
    for (int at = 0; at < millis; at++) {
      for (int i = 0; i < 30; i++) {
        if (admission.judge(queued) == Verdict.TAKEN) {
          queued++;
        } else {
          refusing += 10_000;
        }
      }
      double refused = Math.min(MILLI, refusing);
      refusing -= refused;
      spare += MILLI - refused;
      int done = (int) Math.min(queued, spare / 100_000);
      spare = queued > done ? spare - done * 100_000 : 0;
      queued -= done;
      if (at >= millis / 2) {
        answered += done;
        worstWait = Math.max(worstWait, queued * 100_000L);
      }
      if (at >= nextProbe) {
        admission.onWait(queued * 100_000L);
        nextProbe = at + 10;
      }
    }
    // Refusing the others takes more than a fifth of the time; all else must be of use.
    assertThat(answered).isGreaterThan((int) (0.75 * 10 * millis / 2));
    assertThat(worstWait).isLessThan(40 * MILLI);
  }
}
