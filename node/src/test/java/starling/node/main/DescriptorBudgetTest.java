package starling.node.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import starling.node.main.DescriptorBudget.DoesNotFitException;

class DescriptorBudgetTest {
  private static long taken(DescriptorBudget budget) {
    return budget.used()
        + DescriptorBudget.FOR_THE_PROCESS
        + budget.segments()
        + DescriptorBudget.NEW_SEGMENTS
        + DescriptorBudget.FOR_THE_STORE
        + DescriptorBudget.FOR_HEALTH
        + budget.peers()
        + budget.clients();
  }

  @Test
  void manyDescriptorsLeaveTheDefaults() throws Exception {
    DescriptorBudget budget = DescriptorBudget.of(1 << 20, 100, 5, 0);
    assertThat(budget.clients()).isEqualTo(10_000);
    assertThat(budget.peers()).isEqualTo(4_096);
  }

  @Test
  void fewDescriptorsLeaveFewerConnectionsAndNeverMoreThanThereAre() throws Exception {
    for (int limit = 600; limit < 20_000; limit += 100) {
      DescriptorBudget budget = DescriptorBudget.of(limit, 100, 7, 0);
      assertThat(taken(budget)).as("of " + limit).isLessThanOrEqualTo(limit);
      assertThat(budget.clients()).isBetween(DescriptorBudget.MIN_CLIENTS, 10_000);
      assertThat(budget.peers()).isBetween(DescriptorBudget.MIN_PEERS, 4_096);
    }
    assertThat(DescriptorBudget.of(4_096, 100, 7, 0).clients()).isBetween(2_500, 3_500);
  }

  @Test
  void anExplicitNumberOfConnectionsIsKeptAsLongAsItFits() throws Exception {
    DescriptorBudget budget = DescriptorBudget.of(4_096, 100, 7, 3_500);
    assertThat(budget.clients()).isEqualTo(3_500);
    assertThat(taken(budget)).isLessThanOrEqualTo(4_096);
    assertThatThrownBy(() -> DescriptorBudget.of(4_096, 100, 7, 4_000))
        .isInstanceOf(DoesNotFitException.class)
        .hasMessageContaining("may open 4096 files and sockets, and needs 4523")
        .hasMessageContaining("4000 for clients")
        .hasMessageContaining("raise the limit (ulimit -n")
        .hasMessageContaining("or lower http.maxConnections from 4000");
  }

  @Test
  void tooFewForAnythingAreRefusedWithNumbers() {
    assertThatThrownBy(() -> DescriptorBudget.of(256, 100, 7, 0))
        .isInstanceOf(DoesNotFitException.class)
        .hasMessageContaining("may open 256 files and sockets")
        .hasMessageContaining("7 segments")
        .hasMessageNotContaining("http.maxConnections");
  }

  @Test
  void segmentsThatTheLogGainsAreTakenFromTheClients() throws Exception {
    DescriptorBudget budget = DescriptorBudget.of(4_096, 100, 7, 3_500);
    assertThat(budget.outgrownBy(7 + DescriptorBudget.NEW_SEGMENTS)).isFalse();
    assertThat(budget.outgrownBy(500)).isTrue();
    DescriptorBudget grown = budget.grownTo(500);
    assertThat(grown.clients()).isLessThan(3_500);
    assertThat(taken(grown)).isLessThanOrEqualTo(4_096);
    assertThat(grown.grownTo(5_000).clients()).isEqualTo(DescriptorBudget.MIN_CLIENTS);
    assertThat(DescriptorBudget.of(1 << 20, 100, 7, 0).grownTo(900).clients()).isEqualTo(10_000);
  }
}
