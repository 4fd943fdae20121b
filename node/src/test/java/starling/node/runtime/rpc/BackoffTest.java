package starling.node.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackoffTest {
  private static long pauseAfter(Backoff backoff) {
    backoff.failed(1_000);
    long pause = 0;
    while (!backoff.over(1_000 + pause)) {
      pause++;
    }
    return pause;
  }

  @Test
  void pausesDoubleUpToABound() {
    Backoff longest = new Backoff(100, 500, bound -> bound - 1);
    assertThat(pauseAfter(longest)).isEqualTo(99);
    assertThat(pauseAfter(longest)).isEqualTo(199);
    assertThat(pauseAfter(longest)).isEqualTo(399);
    assertThat(pauseAfter(longest)).isEqualTo(499);
    assertThat(pauseAfter(longest)).isEqualTo(499);
  }

  @Test
  void chanceDecidesHalfOfAPause() {
    assertThat(pauseAfter(new Backoff(100, 500, bound -> 0))).isEqualTo(50);
  }

  @Test
  void nothingHasToBeWaitedForBeforeAFailure() {
    Backoff fresh = new Backoff(100, 500, bound -> 0);
    assertThat(fresh.over(Long.MIN_VALUE)).isTrue();
    assertThat(fresh.failing()).isFalse();
  }

  @Test
  void manyFailuresDoNotOverflow() {
    Backoff backoff = new Backoff(100_000_000, 5_000_000_000L, bound -> 0);
    for (int i = 0; i < 1_000; i++) {
      backoff.failed(0);
    }
    assertThat(backoff.over(2_499_999_999L)).isFalse();
    assertThat(backoff.over(2_500_000_000L)).isTrue();
  }
}
