package starling.node.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HedgeBudgetTest {
  private static final long SECOND = 1_000_000_000;

  @Test
  void whenEverybodyIsSlowHedgesAreAShareOfTheRequests() {
    HedgeBudget budget = new HedgeBudget(0.05, 20, 0, 0);
    int taken = 0;
    for (int i = 0; i < 10_000; i++) {
      budget.onRequest();
      taken += budget.take(0) ? 1 : 0;
    }
    assertThat(taken).isBetween(500, 520);
  }

  @Test
  void aBadMomentMayTakeWhatWasSavedAndNoMore() {
    HedgeBudget budget = new HedgeBudget(0.05, 20, 0, 0);
    for (int i = 0; i < 100_000; i++) {
      budget.onRequest();
    }
    int taken = 0;
    while (budget.take(0)) {
      taken++;
    }
    assertThat(taken).isEqualTo(20);
  }

  @Test
  void aQuietNodeMayHedgeNowAndThen() {
    HedgeBudget budget = new HedgeBudget(0, 2, 1, 0);
    assertThat(budget.take(0)).isTrue();
    assertThat(budget.take(0)).isTrue();
    assertThat(budget.take(SECOND / 2)).isFalse();
    assertThat(budget.take(SECOND)).isTrue();
    assertThat(budget.take(SECOND)).isFalse();
  }

  @Test
  void whatWasNotNeededIsGivenBack() {
    HedgeBudget budget = new HedgeBudget(0, 1, 0, 0);
    assertThat(budget.take(0)).isTrue();
    budget.giveBack();
    budget.giveBack();
    assertThat(budget.take(0)).isTrue();
    assertThat(budget.take(0)).isFalse();
  }
}
